import type { DatabaseSync } from 'node:sqlite';
import tap, { type Test, test } from 'tap';
import { runCommand } from '../../support/command-line.ts';
import { until } from '../../support/http.ts';
import {
  canHappen,
  interrupt,
  interruptionStage,
  nothingIsLeft,
  type Row,
  rowsOf,
  type Stage,
} from '../../support/interruptions.ts';
import { wrongTotals } from '../../support/recount.ts';
import { sql } from '../../support/shared-servers.ts';
import { EXAMPLE_MAPPING, folderOf, OLD_BLOG_SCHEMA, sqliteFile } from '../../support/sqlite-files.ts';

/** Of the whole file: a machine with much to do takes its time. */
tap.setTimeout(600_000);

/** A step that is over soon may be over before it is struck. All or nothing is true either way. */
const INTO_A_SCHEMA: readonly Row[] = [
  ['Loading a', 'kill -9 of the command'],
  ['Loading a', 'kill -9 of PostgreSQL'],
  ['Loading b', 'all connections cut'],
  ['Loading b', 'disk of PostgreSQL full'],
  ['Adding keys, indexes and checks to a', 'kill -9 of PostgreSQL'],
  ['Adding keys, indexes and checks to b', 'kill -9 of the command'],
  ['Comparing a', 'all connections cut'],
  ['Comparing a', 'kill -9 of PostgreSQL'],
  ['Comparing b', 'kill -9 of the command'],
  ['Committing', 'kill -9 of the command'],
  ['Committing', 'kill -9 of PostgreSQL'],
];

const INTO_THE_APPLICATION: readonly Row[] = [
  ['Reading articles', 'kill -9 of the command'],
  ['Loading users', 'all connections cut'],
  ['Loading articles', 'kill -9 of PostgreSQL'],
  ['Loading articles', 'disk of PostgreSQL full'],
  ['Comparing articles', 'kill -9 of the command'],
  ['Comparing follows', 'all connections cut'],
  ['Committing', 'kill -9 of PostgreSQL'],
];

const ROWS = 20_000;

const SCHEMA = `
  create table a (id integer primary key autoincrement, value text not null unique);
  create table b (id integer primary key, a int references a);
`;

function fill(database: DatabaseSync): void {
  database.exec(
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${ROWS})
     insert into a select i, 'the value of row number ' || i from n;
     insert into b select id, id from a`,
  );
}

const WRITERS = 2000;

/** A blog with an article of each writer. Those of different numbers have nothing in common. */
function blogFile(t: Test, number: number): string {
  const fill = (database: DatabaseSync) =>
    database.exec(
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${WRITERS})
       insert into users
       select i, 'writer-${number}-' || i, '${number}-' || i || '@example.com', null, null, null, '2020-01-01 00:00:00' from n;
       insert into posts
       select id, id, 'post-${number}-' || id, 'Post', 'About', hex(randomblob(500)), 'published', 1600000000, 1600000000
       from users`,
    );
  return sqliteFile(t, OLD_BLOG_SCHEMA, { fill });
}

/** How many rows there are in the schema, all of them matched; undefined where there is no schema. */
async function importedRows({ url }: Stage): Promise<number | undefined> {
  const [found] = await sql<{ there: boolean }>(url, `select to_regnamespace('old') is not null as there`);
  if (found?.there !== true) return undefined;
  const [counted] = await sql<{ rows: number }>(
    url,
    'select count(*)::int as rows from old.b join old.a on a.id = b.a',
  );
  return counted?.rows;
}

/** A backend whose client was killed may still be at work for a moment; nothing is decided before it is gone. */
async function transactionIsOver(stage: Stage): Promise<void> {
  await until('its backend is gone', async () => {
    const backends = await sql(
      stage.url,
      `select from pg_stat_activity where application_name = 'steadfast-safety' and datname = current_database()`,
    );
    return backends.length === 0;
  });
}

test('whatever comes between an import', async (t) => {
  const stage = await interruptionStage(t);
  const { environment, url } = stage;
  let undone = 0;

  await t.test('into a schema of its own', async (t) => {
    const present = await rowsOf(stage);
    const file = sqliteFile(t, SCHEMA, { fill });
    const folder = folderOf(file);
    const command = ['import:sqlite', file, '--schema', 'old'];
    for (const strike of INTO_A_SCHEMA) {
      const [step, interruption] = strike;
      if (!canHappen(interruption, stage)) continue;
      await t.test(`at "${step}": ${interruption}`, async (t) => {
        const { output } = await interrupt(t, stage, command, strike);
        if (interruption !== 'kill -9 of the command')
          t.match(output, /imported|was committed is not known/i, 'it says what became of it');
        await transactionIsOver(stage);
        const rows = await importedRows(stage);
        t.ok(rows === undefined || rows === ROWS, `all or nothing, here ${rows}`);
        t.same(folderOf(file), folder, 'the file is as it was');
        if (rows === undefined) undone += 1;
        else await sql(url, 'drop schema old cascade');
      });
    }
    t.match(await runCommand(t, command, { environment }), { code: 0, stdout: /Every cell was compared/ });
    t.equal(await importedRows(stage), ROWS);
    t.equal(await rowsOf(stage), present, 'what was there before is as it was');
    await nothingIsLeft(t, stage);
  });

  await t.test('into the application', async (t) => {
    const commandFor = (number: number) => {
      return ['import:sqlite', blogFile(t, number), '--into', 'app', '--mapping', EXAMPLE_MAPPING];
    };
    const imported = async (number: number) =>
      (await sql(url, `select from articles where slug like 'post-${number}-%'`)).length;
    for (const [number, strike] of INTO_THE_APPLICATION.entries()) {
      const [step, interruption] = strike;
      if (!canHappen(interruption, stage)) continue;
      await t.test(`at "${step}": ${interruption}`, async (t) => {
        const present = await rowsOf(stage);
        await interrupt(t, stage, commandFor(number), strike);
        await transactionIsOver(stage);
        if ((await rowsOf(stage)) === present) undone += 1;
        else t.equal(await imported(number), WRITERS, 'nothing of it is there, or all of it');
      });
    }
    const last = INTO_THE_APPLICATION.length;
    t.match(await runCommand(t, commandFor(last), { environment }), { code: 0 }, 'then it succeeds');
    t.equal(await imported(last), WRITERS);
    t.same(await wrongTotals(url), []);
    await nothingIsLeft(t, stage);
  });

  t.ok(undone > 0, 'not all of them came too late');
});
