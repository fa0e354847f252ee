import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'tap';
import type { Caller } from '../../src/database/caller.ts';
import { endDeadline, startDeadline } from '../../src/database/deadlines.ts';
import { DatabaseUnavailable } from '../../src/database/errors.ts';
import { everydayEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';
import { sharedServers, sql } from '../support/shared-servers.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const sleepy = { name: 'test.sleepy', text: "select pg_sleep(0.3)::text || 'slept'" };
const insert = { name: 'test.insert', text: 'insert into tags (name) values ($1) returning name' };

const within = (ms: number): Caller => ({ deadlineAt: performance.now() + ms, gone: () => false });

test('that a caller has no more time is no failure of the database', async (t) => {
  const { database, events } = await openDatabase(t, await everydayEnvironment(t));
  for (let round = 0; round < 3; round += 1) {
    const calls = Array.from({ length: 6 }, () => database.query(sleepy, [], {}, within(60)));
    for (const outcome of await Promise.allSettled(calls)) t.equal(outcome.status, 'rejected');
  }
  t.notOk(events.includes('failure'), 'the breaker counts nothing');
  t.equal(database.snapshot().breaker.state, 'closed');
  t.equal(await database.query(sleepy, []), 'slept', 'and there is a connection for the next');
  const write = { name: 'test.slow_write', text: "select pg_sleep(1.5)::text || 'written'" };
  const error = await database.write(write, [], within(400)).catch((thrown: unknown) => thrown);
  t.match(error, { name: 'DatabaseUnavailable', reason: 'deadline', outcomeUnknown: true });
});

test('nothing is sent to PostgreSQL behind the deadline, and what was sent before is rolled back', async (t) => {
  const environment = await everydayEnvironment(t);
  const { database } = await openDatabase(t, { ...environment, DB_POOL_MAX: '1' });
  t.equal(await database.query(sleepy, []), 'slept', 'there is a connection');
  const late = database.transaction(
    'test.late',
    async (transaction) => {
      await transaction.query(insert, ['too-late-1']);
      await new Promise((resolve) => setTimeout(resolve, 600));
      return transaction.query(insert, ['too-late-2']);
    },
    within(400),
  );
  const certain = { name: 'DatabaseUnavailable', reason: 'deadline', outcomeUnknown: false };
  const givenBack = () => until('the connection is given back', () => database.snapshot().pool.idle === 1);
  await t.rejects(late, certain);
  await givenBack();
  const uncommitted = database.transaction(
    'test.uncommitted',
    async (transaction) => {
      await transaction.query(insert, ['too-late-3']);
      await new Promise((resolve) => setTimeout(resolve, 600));
    },
    within(400),
  );
  await t.rejects(uncommitted, certain);
  await givenBack();
  t.same(await sql(environment.DATABASE_URL, "select from tags where name like 'too-late-%'"), []);
  t.equal(await database.write(insert, ['in-time']), 'in-time', 'and the connection is clean');
});

/** The breaker gives up after 400 ms. */
const SHORT = {
  DB_LOCK_TIMEOUT_MS: '100',
  DB_STATEMENT_TIMEOUT_MS: '300',
  DB_QUERY_TIMEOUT_MS: '350',
  DB_BREAKER_TIMEOUT_MS: '400',
};

test('a place is free again when its connection is, not when its caller was told that it failed', async (t) => {
  const { database, events } = await openDatabase(t, {
    ...(await everydayEnvironment(t)),
    ...SHORT,
    DB_POOL_MAX: '1',
    DB_QUEUE_TIMEOUT_MS: '5000',
    DB_CONNECT_TIMEOUT_MS: '50',
  });
  const long = database.transaction('test.long', () => new Promise((resolve) => setTimeout(resolve, 900)));
  await t.rejects(long, { name: 'DatabaseUnavailable', reason: 'timeout' });
  t.equal(await database.query({ name: 'test.next', text: "select 'next'" }, []), 'next');
  t.equal(events.filter((event) => event === 'failure').length, 1, 'the next one waited for its place');
});

test('an answer that is here already counts, also when the process stood still behind the deadline', async (t) => {
  const { database, events } = await openDatabase(t, { ...(await everydayEnvironment(t)), ...SHORT });
  const short = { name: 'test.short', text: "select pg_sleep(0.05)::text || 'slept'" };
  t.equal(await database.query(short, []), 'slept', 'there is a connection');
  const standStill = () => {
    const end = performance.now() + 700;
    while (performance.now() < end);
  };
  const ways = {
    'in a timer': () => setTimeout(standStill, 10),
    'behind a timer': () => setTimeout(() => setImmediate(standStill), 10),
    'at once': () => setImmediate(standStill),
  };
  for (const [way, stand] of Object.entries(ways)) {
    const answer = database.query(short, []);
    stand();
    t.equal(await answer, 'slept', way);
  }
  t.notOk(events.includes('failure'));
});

test('nobody waits behind the deadline, whatever hangs', async (t) => {
  const environment = await everydayEnvironment(t);
  const proxy = await tcpProxy(t, Number(new URL(sharedServers().postgresUrl).port));
  const url = new URL(environment.DATABASE_URL);
  url.port = String(proxy.port);
  const patientMs = 20_000;
  const { database } = await openDatabase(t, {
    ...environment,
    DATABASE_URL: url.href,
    DB_QUERY_TIMEOUT_MS: String(patientMs),
    DB_BREAKER_TIMEOUT_MS: String(patientMs + 1),
    DB_CONNECT_TIMEOUT_MS: String(patientMs),
    DB_PROBE_TIMEOUT_MS: String(patientMs),
  });
  const startedAt = performance.now();
  const rolledBack = database.transaction(
    'test.rolled_back',
    async (transaction) => {
      await transaction.query(insert, ['rolled-back']);
      proxy.set('blackhole');
      throw new Error('changed my mind');
    },
    within(1000),
  );
  const reason = { name: 'DatabaseUnavailable', reason: 'deadline', outcomeUnknown: false };
  await t.rejects(rolledBack, reason, 'a rollback');
  await t.rejects(database.query(sleepy, [], {}, within(100)), reason, 'a connection');
  t.ok(performance.now() - startedAt < patientMs / 2);
  proxy.set('pass');
  await until('all is given back', () => database.snapshot().pool.used === 0);
});

test('a change that was refused because there was no connection in time is not made afterwards', async (t) => {
  const environment = await everydayEnvironment(t);
  const proxy = await tcpProxy(t, Number(new URL(sharedServers().postgresUrl).port));
  const url = new URL(environment.DATABASE_URL);
  url.port = String(proxy.port);
  const { database } = await openDatabase(t, {
    ...environment,
    ...SHORT,
    DATABASE_URL: url.href,
    DB_CONNECT_TIMEOUT_MS: '20000',
    DB_PROBE_TIMEOUT_MS: '20000',
  });
  proxy.set('blackhole');
  const error = await database.write(insert, ['unwanted']).catch((thrown: unknown) => thrown);
  t.match(error, { name: 'DatabaseUnavailable', reason: 'timeout', outcomeUnknown: false });
  proxy.set('pass');
  await until('the connection was made, and given back', () => database.snapshot().pool.idle === 1);
  t.same(await sql(environment.DATABASE_URL, "select from tags where name = 'unwanted'"), []);
});

test('a transaction whose connection was lost before it could be committed has certainly not happened', async (t) => {
  const environment = await everydayEnvironment(t);
  const { database } = await openDatabase(t, environment);
  const lost = database.transaction('test.lost', async (transaction) => {
    await transaction.query(insert, ['lost']);
    const pid = await transaction.query({ name: 'test.pid', text: 'select pg_backend_pid()::text' }, []);
    await sql(environment.DATABASE_URL, 'select pg_terminate_backend($1)', [pid]);
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  const error = await lost.catch((thrown: unknown) => thrown);
  t.ok(error instanceof DatabaseUnavailable);
  t.match(error, { outcomeUnknown: false });
  t.same(await sql(environment.DATABASE_URL, "select from tags where name = 'lost'"), []);
});

test('what a deadline would have ended does not live until it is noticed to be over', async (t) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const begin = () => {
    const request = { body: Array.from({ length: 1000 }, (_, index) => ({ index })) };
    const onExpired = () => t.fail(`it was over in time, with ${request.body.length}`);
    return { deadline: startDeadline(performance.now() + 60_000, onExpired), request: new WeakRef(request) };
  };
  const { deadline, request } = begin();
  await new Promise(setImmediate);
  collectGarbage();
  t.ok(request.deref(), 'as long as it may expire it has what it ends');
  endDeadline(deadline);
  await until('it is collected', () => {
    collectGarbage();
    return request.deref() === undefined;
  });
  t.ok(deadline.at > performance.now());
});

test('deadlines expire once, in any number, and not those that ended before', async (t) => {
  const expired: number[] = [];
  const soon = performance.now() + 20;
  const deadlines = Array.from({ length: 100 }, (_, number) => startDeadline(soon, () => expired.push(number)));
  for (const [number, deadline] of deadlines.entries()) if (number % 2 === 0) endDeadline(deadline);
  const later = startDeadline(soon + 60_000, () => t.fail('much too early'));
  // One that is begun by another that expires.
  const nested = new Promise((resolve) => startDeadline(soon, () => startDeadline(soon, () => resolve('expired'))));
  t.equal(await nested, 'expired');
  t.same(
    expired,
    Array.from({ length: 50 }, (_, index) => 2 * index + 1),
  );
  endDeadline(later);
});
