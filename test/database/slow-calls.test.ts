import { test } from 'tap';
import { SlowCalls } from '../../src/database/slow-calls.ts';
import { until } from '../support/http.ts';

const LIMIT_MS = 500;

const cases: readonly {
  readonly what: string;
  /** By statement: how many calls hang, and how many were answered at once. */
  readonly calls: Readonly<Record<string, { readonly hang?: number; readonly quick?: number }>>;
  readonly mostAreSlow: boolean;
}[] = [
  {
    what: 'all hang, most of them of one statement',
    calls: { dear: { hang: 6 }, one: { hang: 2 }, two: { hang: 1 } },
    mostAreSlow: true,
  },
  { what: 'one statement hangs', calls: { dear: { hang: 100 }, one: { quick: 3 } }, mostAreSlow: false },
  { what: 'there are too few others', calls: { dear: { hang: 6 }, one: { hang: 2 } }, mostAreSlow: false },
  {
    what: 'there are too few at all',
    calls: { one: { hang: 2 }, two: { hang: 2 }, three: { hang: 1 } },
    mostAreSlow: false,
  },
  {
    what: 'few of many are slow, whatever the others do',
    calls: { busy: { hang: 2, quick: 100 }, one: { hang: 2 }, two: { hang: 1 } },
    mostAreSlow: false,
  },
  {
    what: 'most of the others are quick',
    calls: { dear: { hang: 6 }, one: { hang: 2, quick: 3 } },
    mostAreSlow: false,
  },
];

test('which calls make a slow database', async (t) => {
  const startedAt = performance.now();
  const begun = cases.map(({ what, calls, mostAreSlow }) => {
    const slowCalls = new SlowCalls(LIMIT_MS);
    for (const [name, { hang = 0, quick = 0 }] of Object.entries(calls)) {
      for (let call = 0; call < hang; call += 1) slowCalls.began(name);
      for (let call = 0; call < quick; call += 1) slowCalls.answered(slowCalls.began(name), false);
    }
    return { what, slowCalls, mostAreSlow };
  });
  await until('those that hang are slow', () => performance.now() - startedAt > LIMIT_MS + 100);
  for (const { what, slowCalls, mostAreSlow } of begun) t.equal(slowCalls.mostAreSlow, mostAreSlow, what);
});
