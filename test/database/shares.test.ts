import { type Test, test } from 'tap';
import { NOBODY } from '../../src/database/caller.ts';
import { DatabaseOverloaded } from '../../src/database/errors.ts';
import { everydayEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { sql } from '../support/shared-servers.ts';

const dear = { name: 'test.dear', text: "select pg_sleep(1.5)::text || 'dear'" };
const cheap = { name: 'test.cheap', text: "select 'cheap'" };
const login = { name: 'test.login', text: "select 'login'", reserved: true };
const change = { name: 'test.change', text: "update users set bio = bio where false returning ''" };

async function open(t: Test, more: Readonly<Record<string, string>> = {}) {
  const environment = await everydayEnvironment(t);
  return { environment, ...(await openDatabase(t, { ...environment, DB_POOL_MAX: '10', ...more })) };
}

test('a flood of one dear read takes neither the other reads nor logins nor writes down', async (t) => {
  const { database } = await open(t);
  let over = false;
  const flood = Array.from({ length: 40 }, async () => {
    while (!over) await database.query(dear, []).catch(() => new Promise((resolve) => setTimeout(resolve, 5)));
  });
  await until('the flood has all it can have', () => database.snapshot().pool.waiting > 0);
  for (let round = 0; round < 20; round += 1) {
    for (const [what, call] of [
      ['another read', () => database.query(cheap, [])],
      ['a login', () => database.query(login, [])],
      ['a write', () => database.write(change, [])],
    ] as const) {
      const startedAt = performance.now();
      await call();
      const ms = performance.now() - startedAt;
      t.ok(ms < 1200, `${what} did not wait for the flood: ${Math.round(ms)} ms`);
    }
  }
  over = true;
  await Promise.all(flood);
  t.equal(database.snapshot().breaker.state, 'closed');
});

test('statements that wait take turns, whoever came first', async (t) => {
  const { database } = await open(t, { DB_POOL_MAX: '1', DB_QUEUE_MAX: '8', DB_QUEUE_TIMEOUT_MS: '5000' });
  const order: string[] = [];
  const ask = (name: string) =>
    database.query({ name, text: 'select pg_sleep(0.02)::text' }, []).then(() => order.push(name));
  const first = ask('test.first');
  await Promise.all([first, ...['a', 'a', 'a', 'b', 'c'].map((letter) => ask(`test.${letter}`))]);
  t.same(order, ['test.first', 'test.a', 'test.b', 'test.c', 'test.a', 'test.a']);
});

test('work whose client has gone never reaches PostgreSQL', async (t) => {
  const { database, environment, events } = await open(t, {
    DB_POOL_MAX: '1',
    DB_QUEUE_TIMEOUT_MS: '5000',
  });
  const busy = database.query(dear, []);
  let gone = false;
  const late = { name: 'test.late', text: "insert into tags (name) values ('late') returning name" };
  const waiting = database.write(late, [], { ...NOBODY, gone: () => gone }).catch((error: unknown) => error);
  gone = true;
  t.match(await waiting, { name: 'DatabaseOverloaded', reason: 'caller-gone' });
  await busy;
  t.same(await sql(environment.DATABASE_URL, "select from tags where name = 'late'"), []);
  t.ok(events.includes('shed caller-gone'));
  t.equal(await database.query(cheap, []), 'cheap', 'and its place is free');
});

test('nothing goes on behind the deadline of a request', async (t) => {
  const { database, events } = await open(t, { DB_POOL_MAX: '1', DB_QUEUE_TIMEOUT_MS: '5000' });
  const busy = database.query(dear, []);
  const startedAt = performance.now();
  const within = (ms: number) => ({ deadlineAt: performance.now() + ms, gone: () => false });
  await t.rejects(database.query(cheap, [], {}, within(100)), { name: 'DatabaseOverloaded', reason: 'deadline' });
  t.ok(performance.now() - startedAt < 1200, 'waiting ends');
  await t.rejects(database.query(cheap, [], {}, within(-1)), { name: 'DatabaseOverloaded', reason: 'deadline' });
  await busy;
  const cut = performance.now();
  await t.rejects(database.query(dear, [], {}, within(100)), { name: 'DatabaseUnavailable', reason: 'deadline' });
  t.ok(performance.now() - cut < 1200, 'a statement at work ends too');
  t.same(events.filter((event) => event === 'shed deadline').length, 2);
});

test('after an outage the load is let back gradually', async (t) => {
  const servers = await privateServers(t);
  const { database } = await openDatabase(t, {
    DATABASE_URL: servers.postgres.url,
    DB_POOL_MAX: '10',
    DB_RAMP_MS: '4000',
  });
  t.equal(database.snapshot().pool.limit, 10);
  await inflict('kill', servers.postgres);
  await until('the breaker opens', () => database.snapshot().breaker.state === 'open');
  await servers.postgres.start();
  await until('the breaker closes', () => database.snapshot().breaker.state === 'closed', 20_000);
  const first = database.snapshot().pool.limit;
  t.ok(first <= 3, `${first} at once at first`);
  await Promise.all(Array.from({ length: 3 }, () => database.query(cheap, []).catch(() => {})));
  await until('all may come again', () => database.snapshot().pool.limit === 10, 10_000);
});

test('a database that has become slow opens the breaker, one dear statement does not', async (t) => {
  const { database, events } = await open(t, { DB_SLOW_CALL_MS: '100' });
  const slow = (name: string) => ({ name, text: 'select pg_sleep(0.15)::text' });
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(Array.from({ length: 6 }, () => database.query(slow('test.one'), [])));
    for (let i = 0; i < 4; i += 1) await database.query(cheap, []);
  }
  t.equal(database.snapshot().breaker.state, 'closed', 'one slow statement is not a slow database');
  await until('the breaker opens', async () => {
    await Promise.all(
      ['one', 'two', 'three'].flatMap((name) =>
        Array.from({ length: 3 }, () => database.query(slow(`test.${name}`), []).catch(() => {})),
      ),
    );
    return events.includes('open');
  });
  t.ok(events.includes('slow'));
  await until('it recovers by itself', () => database.snapshot().breaker.state === 'closed');
});

test('a database that is slow again and again is left alone for longer and longer', async (t) => {
  const { database } = await open(t, { DB_SLOW_CALL_MS: '50', DB_RAMP_MS: '1' });
  const slow = (name: string) => ({ name, text: 'select pg_sleep(0.1)::text' });
  const state = () => database.snapshot().breaker.state;
  let pauseMs = 0;
  for (let round = 0; round < 3; round += 1) {
    await until('the breaker opens', async () => {
      await Promise.all(
        ['one', 'two', 'three', 'four'].map((name) => database.query(slow(name), []).catch(() => {})),
      );
      return state() === 'open';
    });
    pauseMs = await until('it closes', () => state() === 'closed', 20_000);
  }
  t.ok(pauseMs > 1500, `${Math.round(pauseMs)} ms`);
});

test('calls that failed before the breaker closed do not open it again', async (t) => {
  const servers = await privateServers(t);
  const { database, events } = await openDatabase(t, {
    DATABASE_URL: servers.postgres.url,
    DB_POOL_MAX: '20',
    DB_QUERY_TIMEOUT_MS: '3000',
    DB_PROBE_MIN_MS: '100',
    DB_PROBE_MAX_MS: '100',
  });
  await Promise.all(Array.from({ length: 10 }, () => database.query(cheap, [])));
  await inflict('freeze', servers.postgres);
  // Changes are not cut off: they end with a failure long after the outage.
  const hung = Array.from({ length: 15 }, () => database.write(change, []).catch((error: unknown) => error));
  await until('the breaker opens', () => database.snapshot().breaker.state === 'open');
  await inflict('thaw', servers.postgres);
  await inflict('kill', servers.postgres);
  await servers.postgres.start();
  await until('the breaker closes', () => database.snapshot().breaker.state === 'closed', 20_000);
  for (const failure of await Promise.all(hung)) t.notOk(failure instanceof DatabaseOverloaded);
  t.equal(events.filter((event) => event === 'open').length, 1, 'it does not flap');
  t.equal(database.snapshot().breaker.state, 'closed');
});
