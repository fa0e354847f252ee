import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { newestRowCounts } from '../../src/safety/backups/newest-row-counts.ts';
import { explainEmptied } from '../../src/safety/migrations/emptied-tables.ts';
import {
  inspectSchema,
  readExpectedSchema,
  type SchemaReport,
} from '../../src/safety/migrations/inspect-schema.ts';
import { backupStage, taken } from '../support/backups.ts';
import { runCommand } from '../support/command-line.ts';
import { get, until } from '../support/http.ts';
import { sum } from '../support/samples.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** The tables are counted every ten seconds; a busy machine may take its time. */
const NEXT_LOOK_MS = 60_000;

/** An empty database was served for days, and everything looked well. */
test('a table that is emptied while the server runs is an alarm, also for a server started later', async (t) => {
  const { environment, url } = await backupStage(t);
  const first = await startSteadfast(t, environment);
  t.equal(await sum(first.origin, 'table_suddenly_empty'), 0);
  await sql(url, 'truncate comments');
  await until('health is critical', async () => (await get(first.origin, '/health')).status === 503, NEXT_LOOK_MS);
  await first.stop();

  const { origin, log } = await startSteadfast(t, environment);
  const { status, json } = await get(origin, '/health');
  t.equal(status, 503);
  t.match(json.checks.data, {
    status: 'fail',
    message: /suddenly empty: comments \(had \d+ rows\).*npm run backup -- --list, npm run restore/,
  });
  t.equal(json.database.table_counts.comments, 0);
  t.equal(await sum(origin, 'table_suddenly_empty', { table: 'comments' }), 1);
  t.equal(await sum(origin, 'table_rows', { table: 'comments' }), 0);
  t.ok(log.some(({ level, msg }) => level === 50 && /suddenly empty: comments/.test(msg)));
  t.equal((await get(origin, '/api/tags')).status, 200, 'what is there is served');

  // As the runbook says, for emptiness that is meant.
  await sql(url, "update table_row_counts set row_count = 0 where table_name = 'comments'");
  await until('health is well', async () => (await get(origin, '/health')).status === 200, NEXT_LOOK_MS);
});

test('an empty database in the place of the full one is known by the newest backup', async (t) => {
  const stage = await backupStage(t);
  const { environment, url } = stage;
  await taken(stage);
  await sql(url, 'drop schema public cascade; create schema public');

  const { origin } = await startSteadfast(t, environment);
  const before = await get(origin, '/health');
  t.equal(before.status, 503, 'a database without a schema is not served');
  t.match(before.json.message, /no schema yet/);
  t.equal((await get(origin, '/api/articles')).status, 503);

  t.equal((await runCommand(t, ['migrate'], { environment })).code, 0, 'somebody migrates it without a thought');
  await until(
    'the API answers, with nothing',
    async () => (await get(origin, '/api/articles')).status === 200,
    NEXT_LOOK_MS,
  );
  const { status, json } = await get(origin, '/health');
  t.equal(status, 503, 'and that is not called well');
  t.match(json.checks.data, { status: 'fail', message: /users \(had \d+ rows\)|articles \(had \d+ rows\)/ });

  // People sign up, and the night's backup is one of the empty database.
  await sql(url, "insert into users (username, email, password_hash) values ('first', 'f@example.com', '!')");
  await taken(stage);
  const [look] = await inspectTwice(environment);
  t.match(look?.emptiedTables, [{ table: 'articles', left: 0 }], 'the alarm stays');
});

test('a table that was emptied and written into at once is an alarm all the same', async (t) => {
  const { environment, url } = await backupStage(t);
  await sql(
    url,
    `insert into users (username, email, password_hash)
     select 'user-' || n, n || '@example.com', '!' from generate_series(1, 200) as n`,
  );
  await inspectTwice(environment);
  await sql(
    url,
    `truncate users cascade;
     insert into users (username, email, password_hash) values ('first', 'f@example.com', '!')`,
  );
  const looks = await inspectTwice(environment);
  for (const { emptiedTables } of looks) {
    const users = emptiedTables.find(({ table }) => table === 'users');
    t.match(users, { left: 1, rows: Number });
    t.match(explainEmptied(emptiedTables), /users \(had 2\d\d rows, now 1\)/);
  }
});

/** As the guard looks, one look after the other. */
async function inspectTwice(environment: Readonly<Record<string, string>>): Promise<readonly SchemaReport[]> {
  const { database, backups } = loadConfig(environment);
  const look = () =>
    inspectSchema(database, readExpectedSchema(), () => newestRowCounts(backups.folder, database.name));
  return [await look(), await look()];
}
