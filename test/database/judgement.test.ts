import { test } from 'tap';
import { DatabaseUnavailable } from '../../src/database/errors.ts';
import { everydayEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';
import { sql } from '../support/shared-servers.ts';

const one = { name: 'test.one', text: "select 'one'" };

test("the caller's errors are answers, not failures", async (t) => {
  const environment = await everydayEnvironment(t);
  const { database, events } = await openDatabase(t, { ...environment, DB_POOL_MAX: '2' });
  const wrong = [
    ['22012', { name: 'test.division', text: 'select (1 / 0)::text' }],
    ['42P01', { name: 'test.table', text: 'select x::text from no_such_table' }],
    ['23514', { name: 'test.check', text: "insert into tags (name) values ('') returning name" }],
  ] as const;
  for (let round = 0; round < 10; round += 1) {
    for (const [code, statement] of wrong) await t.rejects(database.query(statement, []), { code });
  }
  t.equal(database.snapshot().breaker.state, 'closed');
  t.notOk(events.includes('failure'));
  t.equal(await database.query(one, []), 'one');

  const connections = await sql<{ count: string }>(
    environment.DATABASE_URL,
    "select count(*) from pg_stat_activity where application_name = 'steadfast' and datname = current_database()",
  );
  t.ok(Number(connections[0]?.count) <= 2, 'and none of them cost a connection');
});

test('a session that lost what was prepared, or has it from somebody else, is not used again', async (t) => {
  const environment = await everydayEnvironment(t);
  const { database } = await openDatabase(t, { ...environment, DB_POOL_MAX: '1' });
  const failed = { name: 'DatabaseUnavailable', reason: 'server' };
  t.equal(await database.query(one, []), 'one');
  await database.query({ name: 'test.discard', text: 'discard all' }, []);
  await t.rejects(database.query(one, []), { ...failed, cause: { code: '26000' } });
  t.equal(await database.query(one, []), 'one');

  const two = { name: 'test.two', text: "select 'two'" };
  await database.query({ name: 'test.prepare', text: `prepare "test.two" as select 'other'` }, []);
  await t.rejects(database.query(two, []), { ...failed, cause: { code: '42P05' } });
  t.equal(await database.query(two, []), 'two');
});

test('a statement that PostgreSQL ends for its time limit is slow, and no failure', async (t) => {
  const environment = await everydayEnvironment(t);
  const { database, events, statements } = await openDatabase(t, {
    ...environment,
    DB_LOCK_TIMEOUT_MS: '50',
    DB_STATEMENT_TIMEOUT_MS: '100',
  });
  const sleep = { name: 'test.sleep', text: 'select pg_sleep(5)::text' };
  await t.rejects(database.query(sleep, []), { name: 'DatabaseUnavailable', reason: 'statement-timeout' });
  t.notOk(events.includes('failure'));
  t.same(statements, [{ name: 'test.sleep', errorType: 'statement-timeout' }]);
});

test('a lock not had in time is neither a failure nor an outage', async (t) => {
  const environment = await everydayEnvironment(t);
  const { database, events } = await openDatabase(t, { ...environment, DB_LOCK_TIMEOUT_MS: '50' });
  const holding = database.transaction('test.hold', async (transaction) => {
    await transaction.query(
      { name: 'test.lock', text: "select set_config('x.y', 'z', true) from users for update" },
      [],
    );
    const wait = { name: 'test.blocked', text: 'update users set bio = null returning id::text' };
    await t.rejects(database.query(wait, []), { name: 'DatabaseOverloaded', reason: 'lock' });
  });
  await holding;
  t.notOk(events.includes('failure'));
});

test('every connection may be terminated at once: the process lives and goes on', async (t) => {
  const environment = await everydayEnvironment(t);
  const { database } = await openDatabase(t, environment);
  await Promise.all(Array.from({ length: 8 }, () => database.query(one, [])));
  await sql(
    environment.DATABASE_URL,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await until('statements succeed again', async () => (await database.query(one, [])) === 'one');
  t.equal(database.snapshot().breaker.state, 'closed', 'a lost connection alone opens nothing');
});

test('a connection that is refused is told from one that answers wrongly', async (t) => {
  const environment = await everydayEnvironment(t);
  const url = new URL(environment.DATABASE_URL);
  url.port = '1';
  const { database } = await openDatabase(t, { ...environment, DATABASE_URL: url.href });
  t.equal(database.snapshot().sighting.state, 'down');
  t.equal(database.snapshot().sighting.problem?.kind, 'unreachable');
  t.equal(database.snapshot().breaker.state, 'open');
  const refusal = await database.query(one, []).catch((error: unknown) => error);
  t.ok(refusal instanceof DatabaseUnavailable);
  t.match(refusal, { reason: 'open' });
  t.notMatch((refusal as Error).stack, /\n +at /, 'a refusal builds no stack trace');
});
