import { test } from 'tap';
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
    message: /suddenly empty: comments \(had \d+ rows\).*npm run restore/,
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
});
