import { test } from 'tap';
import { Bulkhead, type Entrant } from '../../src/database/bulkhead.ts';
import { NOBODY } from '../../src/database/caller.ts';
import { DatabaseOverloaded } from '../../src/database/errors.ts';
import { everydayEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';

const slow = { name: 'test.slow', text: "select pg_sleep(0.6)::text || 'slept'" };
const PATIENT = { queueTimeoutMs: 60_000, rampMs: 1 };

const read = (name: string): Entrant => ({ name, reserved: false, caller: NOBODY });
const change = (name: string): Entrant => ({ name, reserved: true, caller: NOBODY });

/** Has all of these ask for a place, and tells who was admitted and who was refused, in the order of that. */
function crowd(bulkhead: Bulkhead, entrants: readonly Entrant[]) {
  const admitted: string[] = [];
  const refused: string[] = [];
  for (const entrant of entrants) {
    const enter = async () => bulkhead.enter(entrant);
    enter().then(
      () => admitted.push(entrant.name),
      (error: DatabaseOverloaded) => refused.push(`${entrant.name} ${error.reason}`),
    );
  }
  return { admitted, refused };
}

const many = (count: number, entrant: Entrant) => Array.from({ length: count }, () => entrant);
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('neither reads nor changes can have all places, and nobody waits for what the others are kept', async (t) => {
  for (const [places, ofKind] of [
    [10, 8],
    [3, 2],
    [2, 1],
    [1, 1],
  ] as const) {
    for (const [flood, others] of [
      [change, read],
      [read, change],
    ] as const) {
      const bulkhead = new Bulkhead({ ...PATIENT, limit: places, queueMax: 0 });
      const names = Array.from({ length: 20 }, (_, number) => flood(`test.${number}`));
      const { admitted } = crowd(bulkhead, names);
      await settled();
      t.equal(admitted.length, ofKind, `of ${places} places`);
      t.equal(crowd(bulkhead, many(places - ofKind, others('test.other'))).refused.length, 0);
      await settled();
      t.equal(bulkhead.working, places, 'the others have what is left');
    }
  }
  for (const [places, ofOne] of [
    [10, 6],
    [3, 1],
    [2, 1],
  ] as const) {
    const bulkhead = new Bulkhead({ ...PATIENT, limit: places, queueMax: 0 });
    const { admitted } = crowd(bulkhead, many(20, read('test.dear')));
    await settled();
    t.equal(admitted.length, ofOne, `one read has less than all reads, of ${places} places`);
  }
});

test('a flood of changes and a few reads take turns in the one place', async (t) => {
  const bulkhead = new Bulkhead({ ...PATIENT, limit: 1, queueMax: 20 });
  const flood = change('test.change');
  const { admitted } = crowd(bulkhead, [...many(10, flood), ...many(2, read('test.read'))]);
  for (let round = 0; round < 4; round += 1) {
    await settled();
    bulkhead.leave(admitted.at(-1) === flood.name ? flood : read('test.read'));
  }
  await settled();
  t.same(admitted, ['test.change', 'test.change', 'test.read', 'test.change', 'test.read']);
  bulkhead.refuseWaiting(() => new DatabaseOverloaded('queue-full'));
});

test('who waits and goes keeps no room', async (t) => {
  const bulkhead = new Bulkhead({ ...PATIENT, limit: 1, queueMax: 2 });
  const { admitted } = crowd(bulkhead, [read('test.busy')]);
  await settled();
  t.same(admitted, ['test.busy']);
  let gone = false;
  const leaving = { ...read('test.leaving'), caller: { ...NOBODY, gone: () => gone } };
  const { refused } = crowd(bulkhead, [leaving]);
  await settled();
  t.equal(bulkhead.waiting, 1, 'of two that may wait, reads have one');
  gone = true;
  const late = crowd(bulkhead, [read('test.late')]);
  await settled();
  t.same([...refused, ...late.refused], ['test.leaving caller-gone'], 'another takes the room at once');
  gone = false;
  crowd(bulkhead, [{ ...leaving, reserved: true }]);
  t.equal(bulkhead.waiting, 2);
  gone = true;
  await until('it leaves though nobody comes', () => bulkhead.waiting === 1);
  bulkhead.refuseWaiting(() => new DatabaseOverloaded('queue-full'));
});

test('while the load is let back, those who wait come in as the room grows', async (t) => {
  const bulkhead = new Bulkhead({ ...PATIENT, limit: 10, queueMax: 20, rampMs: 1500 });
  bulkhead.ramp();
  const entrants = Array.from({ length: 8 }, (_, number) => read(`test.${number}`));
  const { admitted } = crowd(bulkhead, entrants);
  await settled();
  t.ok(admitted.length < 8, `${admitted.length} at first`);
  await until('all are at work, and nobody has left', () => admitted.length === 8);
});

test('a bounded number at work, a bounded number waiting, the rest refused at once', async (t) => {
  const environment = await everydayEnvironment(t);
  const { database, events } = await openDatabase(t, {
    ...environment,
    DB_POOL_MAX: '2',
    DB_QUEUE_MAX: '2',
    DB_QUEUE_TIMEOUT_MS: '5000',
  });
  const statements = [1, 2, 3].flatMap((number) => [
    { ...slow, name: `test.read-${number}` },
    { ...slow, name: `test.login-${number}`, reserved: true },
  ]);
  const calls = statements.map((statement) => database.query(statement, []).catch((error: unknown) => error));
  let done = 0;
  for (const call of calls.slice(0, 4)) void call.then(() => (done += 1));
  const refused = (await Promise.all(calls.slice(4))) as unknown[];
  t.equal(done, 0, 'the refusals did not wait for anybody');
  for (const error of refused) {
    t.ok(error instanceof DatabaseOverloaded);
    t.match(error, { reason: 'queue-full' });
  }
  t.equal(database.snapshot().pool.waiting, 2);
  t.same(await Promise.all(calls.slice(0, 4)), ['slept', 'slept', 'slept', 'slept']);
  t.notOk(events.includes('failure'), 'too many callers is not a failure of the database');
});

test('who waits too long for a connection is sent away', async (t) => {
  const environment = await everydayEnvironment(t);
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
