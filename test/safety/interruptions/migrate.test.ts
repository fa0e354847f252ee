import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tap, { test } from 'tap';
import { runProgram } from '../../support/command-line.ts';
import {
  backupsAreGood,
  canHappen,
  interrupt,
  interruptionStage,
  nothingIsLeft,
  type Row,
  rowsOf,
} from '../../support/interruptions.ts';
import { appliedIn } from '../../support/migrations.ts';
import { newerVersion } from '../../support/newer-version.ts';
import { sql } from '../../support/shared-servers.ts';

/** Of the whole file: a machine with much to do takes its time. */
tap.setTimeout(600_000);

const NOTES = 100_000;
const TABLE = {
  name: '9000_notes',
  sql: `create table notes as select n, repeat('a note', 80) || n as text from generate_series(1, ${NOTES}) as n;`,
};
const INDEX = {
  name: '9001_notes_text',
  sql: '-- no-transaction\ncreate index concurrently notes_text_idx on notes (text);',
};

/** Each run is the next one of the one before: it has to get past where that was struck. */
const ROWS: readonly Row[] = [
  ['Dumping', 'kill -9 of the command'],
  ['Dumping', 'kill -9 of PostgreSQL'],
  ['Dumping', 'disk of the backups full'],
  ['Applying 9000_notes', 'kill -9 of PostgreSQL'],
  ['Applying 9000_notes', 'disk of PostgreSQL full'],
  ['Applying 9001_notes_text', 'kill -9 of the command'],
  ['Applying 9001_notes_text', 'kill -9 of PostgreSQL'],
  ['Applying 9001_notes_text', 'disk of PostgreSQL full'],
];

test('whatever comes between a migration', async (t) => {
  const stage = await interruptionStage(t);
  const version = newerVersion(t, TABLE);
  writeFileSync(join(version, 'sql/migrations', `${INDEX.name}.sql`), INDEX.sql);
  const cli = join(version, 'src/cli.ts');
  const before = await rowsOf(stage);
  let inVain = 0;

  for (const row of ROWS) {
    const [step, interruption] = row;
    if (!canHappen(interruption, stage)) continue;
    await t.test(`at "${step}": ${interruption}`, async (t) => {
      const struck = await interrupt(t, stage, ['migrate'], row, cli);
      if (struck.inVain) inVain += 1;
      t.equal(await rowsOf(stage), before, 'no row is missing');
      const applied = await appliedIn(stage.url);
      const notes = await sql<{ there: boolean }>(stage.url, "select to_regclass('notes') is not null as there");
      t.same(notes, [{ there: applied.includes(TABLE.name) }], 'a migration is applied wholly or not at all');
      await backupsAreGood(t, stage);
    });
  }

  const { environment } = stage;
  t.ok(inVain > ROWS.length / 3, `not all came too late: ${inVain}`);
  t.match(await runProgram(t, cli, ['migrate'], { environment }), { code: 0 });
  t.equal(await rowsOf(stage), before);
  t.match(await sql(stage.url, 'select count(*)::int as notes from notes'), [{ notes: NOTES }]);
  t.match(
    await sql(
      stage.url,
      `select relname, indisvalid from pg_index join pg_class on pg_class.oid = indexrelid
       where indrelid = 'notes'::regclass`,
    ),
    [{ relname: 'notes_text_idx', indisvalid: true }],
    'one index, a valid one',
  );
  await nothingIsLeft(t, stage);
  t.match(await runProgram(t, cli, ['migrate'], { environment }), { code: 0, stdout: /Nothing to do/ });
});
