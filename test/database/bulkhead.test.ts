import { test } from 'tap';
import { DatabaseOverloaded } from '../../src/database/errors.ts';
import { openDatabase } from '../support/open-database.ts';
import { testEnvironment } from '../support/shared-servers.ts';

const slow = { name: 'test.slow', text: "select pg_sleep(0.6)::text || 'slept'" };

test('a bounded number at work, a bounded number waiting, the rest refused at once', async (t) => {
  const environment = await testEnvironment(t);
  const { database, events } = await openDatabase(t, {
    ...environment,
    DB_POOL_MAX: '2',
    DB_QUEUE_MAX: '2',
    DB_QUEUE_TIMEOUT_MS: '5000',
  });
  const calls = Array.from({ length: 6 }, () => database.query(slow, []).catch((error: unknown) => error));
  const startedAt = performance.now();
  const refused = (await Promise.all(calls.slice(4))) as unknown[];
  t.ok(performance.now() - startedAt < 400, 'the refusals did not wait for anybody');
  for (const error of refused) {
    t.ok(error instanceof DatabaseOverloaded);
    t.match(error, { reason: 'queue-full' });
  }
  t.equal(database.snapshot().pool.waiting, 2);
  t.same(await Promise.all(calls.slice(0, 4)), ['slept', 'slept', 'slept', 'slept']);
  t.notOk(events.includes('failure'), 'too many callers is not a failure of the database');
});

test('who waits too long for a connection is sent away', async (t) => {
  const environment = await testEnvironment(t);
  const { database } = await openDatabase(t, {
    ...environment,
    DB_POOL_MAX: '1',
    DB_QUEUE_TIMEOUT_MS: '100',
  });
  const working = database.query(slow, []);
  await t.rejects(database.query(slow, []), { name: 'DatabaseOverloaded', reason: 'queue-timeout' });
  t.equal(await working, 'slept');
  t.equal(await database.query(slow, []), 'slept', 'and the place is free again');
});
