import type { DatabaseSync } from 'node:sqlite';
import { type Test, test } from 'tap';
import { emptyServers } from '../../support/empty-servers.ts';
import { until } from '../../support/http.ts';
import { inflict } from '../../support/private-servers.ts';
import { startCommand } from '../../support/running-command.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { folderOf, importFile, sqliteFile } from '../../support/sqlite-files.ts';

const ROWS = 60_000;

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

const argumentsFor = (file: string) => ['import:sqlite', file, '--schema', 'old'];

const isThere = async (url: string) =>
  (await sql(url, `select from pg_namespace where nspname = 'old'`)).length > 0;

async function backendIsGone(url: string): Promise<void> {
  const backends = () =>
    sql(
      url,
      `select from pg_stat_activity
       where application_name = 'steadfast-safety' and datname = current_database()`,
    );
  await until('its backend is gone', async () => (await backends()).length === 0);
}

/** Nothing is left; or, where it was committed a moment before, everything is there. */
async function isAllOrNothing(t: Test, url: string): Promise<void> {
  await backendIsGone(url);
  if (!(await isThere(url))) return;
  t.match(await sql(url, 'select count(*) from old.b join old.a on a.id = b.a'), [{ count: String(ROWS) }]);
  await sql(url, 'drop schema old cascade');
}

async function succeedsNow(t: Test, url: string, file: string): Promise<void> {
  await importFile(url, file);
  t.match(await sql(url, 'select count(*) from old.b join old.a on a.id = b.a'), [{ count: String(ROWS) }]);
}

for (const step of [
  'Loading a',
  'Loading b',
  'Adding keys, indexes and checks to b',
  'Comparing a',
  'Comparing b',
]) {
  test(`kill -9 of the command at "${step}" leaves nothing, and it runs again`, async (t) => {
    const url = await createDatabase(t, 'empty');
    const file = sqliteFile(t, SCHEMA, { fill });
    const before = folderOf(file);
    const killed = startCommand(t, argumentsFor(file), { DATABASE_URL: url });
    await killed.says(new RegExp(step));
    killed.process.kill('SIGKILL');
    await killed.ended;
    await isAllOrNothing(t, url);
    t.same(folderOf(file), before);
    await succeedsNow(t, url, file);
  });
}

test('a lost connection leaves nothing, is told in a sentence, and it runs again', async (t) => {
  const url = await createDatabase(t, 'empty');
  const file = sqliteFile(t, SCHEMA, { fill });
  const cut = startCommand(t, argumentsFor(file), { DATABASE_URL: url });
  await cut.says(/Loading a/);
  await sql(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'steadfast-safety' and datname = current_database()`,
  );
  t.equal(await cut.ended, 1);
  t.match(cut.output(), /Nothing was imported: .*run this again/);
  t.notMatch(cut.output(), /^\s+at /m);
  await backendIsGone(url);
  t.notOk(await isThere(url));
  await succeedsNow(t, url, file);
});

test('kill -9 of PostgreSQL in the middle leaves nothing, and it runs again', async (t) => {
  const { postgres } = await emptyServers(t);
  const file = sqliteFile(t, SCHEMA, { fill });
  for (const step of [/Loading a/, /Adding keys/]) {
    const cut = startCommand(t, argumentsFor(file), { DATABASE_URL: postgres.url });
    await cut.says(step);
    await inflict('kill', postgres);
    t.equal(await cut.ended, 1, cut.output());
    t.match(cut.output(), /imported/);
    t.notMatch(cut.output(), /^\s+at /m);
    await postgres.start();
    await isAllOrNothing(t, postgres.url);
  }
  await succeedsNow(t, postgres.url, file);
});
