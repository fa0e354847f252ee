import { test } from 'tap';
import { ORDINARY, POSTGRES_AWAY } from '../../src/drill/faults/fault.ts';
import type { RequestRecord, Sighting } from '../../src/drill/load/record.ts';
import type { Evidence } from '../../src/drill/run.ts';
import { judge } from '../../src/drill/verdicts.ts';

const SECOND = 1000;
const BEGAN = 10 * SECOND;
const ENDED = 15 * SECOND;

const record = (at: number, more: Partial<RequestRecord> = {}): RequestRecord => ({
  ...{ route: 'GET /api/articles', kind: 'seen', at, ms: 4, outcome: 'answered', said: '200', instance: 0 },
  ...more,
});

const sighting = (at: number, more: Partial<Sighting> = {}): Sighting => ({
  ...{ at, instance: 0, health: 'healthy', message: '', breaker: 'closed' },
  ...{ memoryBytes: 100e6, connectionsUsed: 0, waiting: 0 },
  ...more,
});

/** An outage of five seconds as it should be: noticed after half a second, over a second after its end. */
function asItShouldBe(): Evidence {
  const moments = Array.from({ length: 80 }, (_, index) => index * 250);
  const away = (at: number) => at > BEGAN + 500 && at < ENDED + SECOND;
  return {
    fault: {
      ...ORDINARY,
      ...{ name: 'made-up', sentence: 'Made up.', expected: POSTGRES_AWAY },
      begin: async () => async () => {},
    },
    times: { measuredFrom: 0, beganAt: BEGAN, liftedAt: ENDED, endedAt: ENDED, stoppedAt: 20 * SECOND },
    records: moments.flatMap((at) => [
      record(at, away(at) ? { outcome: 'stale' } : {}),
      record(at + 1, { kind: 'write', ...(away(at) && { outcome: 'refused', said: '503 database-unavailable' }) }),
    ]),
    sightings: moments.map((at) => sighting(at, away(at) ? { health: 'degraded', breaker: 'open' } : {})),
    written: { acknowledged: 40, refused: 20, lost: [], doneThoughRefused: [], doubled: [] },
    deaths: [],
    connections: { before: 11, after: 11 },
    quiet: [sighting(21 * SECOND)],
    stallMs: 10,
  };
}

const failedIn = (evidence: Evidence) =>
  judge(evidence)
    .verdicts.filter(({ holds }) => !holds)
    .map(({ name }) => name);

test('an outage as it should be passes every verdict, with the right figures', async (t) => {
  const evidence = asItShouldBe();
  t.same(failedIn(evidence), []);
  t.match(judge(evidence).figures, { openedAfterMs: 750, recoveredAfterMs: 751, seenAnswered: 1 });
});

test('whatever goes wrong fails the verdict about it, and no other', async (t) => {
  const good = asItShouldBe();
  const during = BEGAN + 2 * SECOND;
  const wrong: Readonly<Record<string, [Partial<Evidence>, RegExp]>> = {
    'a process that died': [{ deaths: ['ended by SIGSEGV'] }, /no server process died/],
    'a request that took too long': [{ records: [...good.records, record(5000, { ms: 9000 })] }, /deadline/],
    'a request without an answer': [
      { records: [...good.records, record(5000, { kind: 'write', ms: 100, outcome: 'hung' })] },
      /deadline/,
    ],
    'a write that is lost': [{ written: { ...good.written, lost: ['x'] } }, /every acknowledged write/],
    'a write that was done twice': [{ written: { ...good.written, doubled: ['x'] } }, /every acknowledged write/],
    'no write at all': [{ written: { ...good.written, acknowledged: 0 } }, /every acknowledged write/],
    'a refused write that was done': [
      { written: { ...good.written, doneThoughRefused: ['x'] } },
      /no write that was refused/,
    ],
    'a read that was not answered': [
      { records: [...good.records, record(during, { outcome: 'refused' })] },
      /100 % of the reads/,
    ],
    'reads that became slow': [
      { records: good.records.map((each) => (each.outcome === 'stale' ? { ...each, ms: 900 } : each)) },
      /they stayed fast/,
    ],
    'a breaker that stayed closed': [
      { sightings: good.sightings.map((each) => ({ ...each, breaker: 'closed' })) },
      /the breaker opened/,
    ],
    'a write while the breaker was open': [
      { records: [...good.records, record(during + 50, { kind: 'write' })] },
      /while the metrics said "open"/,
    ],
    'health that says all is well': [
      { sightings: [...good.sightings, sighting(BEGAN + 4 * SECOND)] },
      /health said "degraded"/,
    ],
    'a false alarm': [{ sightings: [...good.sightings, sighting(5000, { health: 'degraded' })] }, /health said/],
    'an error that is no refusal': [
      { records: [...good.records, record(5000, { outcome: 'failed', said: '500' })] },
      /refused with 503/,
    ],
    'a recovery that takes too long': [
      {
        times: { ...good.times, stoppedAt: 30 * SECOND },
        records: [
          ...good.records,
          ...Array.from({ length: 20 }, (_, index) => record(ENDED + index * 500, { outcome: 'refused' })),
        ],
      },
      /everything was well again/,
    ],
    'no recovery': [
      { sightings: good.sightings.map((each) => (each.at > BEGAN + 500 ? { ...each, health: 'degraded' } : each)) },
      /everything was well again/,
    ],
    'a breaker that opens again': [
      { sightings: [...good.sightings, sighting(ENDED + 4 * SECOND, { breaker: 'open' })] },
      /everything was well again/,
    ],
    'memory that stays': [{ quiet: [sighting(21 * SECOND, { memoryBytes: 400e6 })] }, /memory came back/],
    'connections that stay': [{ connections: { before: 11, after: 30 } }, /connections came back/],
    'a connection that is never given back': [
      { quiet: [sighting(21 * SECOND, { connectionsUsed: 1 })] },
      /connections came back/,
    ],
  };
  for (const [what, [change, verdict]] of Object.entries(wrong)) {
    const failed = failedIn({ ...good, ...change });
    t.equal(failed.length, 1, `${what}: ${failed.join('; ')}`);
    t.match(failed[0], verdict, what);
  }
});

test('what a busy machine refuses for want of room, it refuses without any fault, and not much more of', async (t) => {
  const good = asItShouldBe();
  const expected = { ...good.fault.expected, unseenAnswered: 0.95, writesWithinMs: 8000, recoversWithinMs: 8000 };
  const fault = { ...good.fault, expected };
  const moments = Array.from({ length: 80 }, (_, index) => index * 250);
  const unseen = moments.map((at) => record(at + 2, { kind: 'unseen' }));
  const refusedBefore = record(SECOND, { kind: 'write', outcome: 'refused', said: '503 overloaded' });
  const evidence = (refused: readonly RequestRecord[]) => {
    const instead = new Set(refused.map(({ at, kind }) => `${kind} ${at}`));
    const others = [...good.records, ...unseen].filter(({ at, kind }) => !instead.has(`${kind} ${at}`));
    return { ...good, fault, records: [refusedBefore, ...others, ...refused] };
  };
  const refusedAt = (ats: readonly number[], said: string) =>
    ats.flatMap((at) => [
      record(at + 1, { kind: 'write', outcome: 'refused', said }),
      record(at + 2, { kind: 'unseen', outcome: 'refused', said }),
    ]);
  const nowAndThen = [BEGAN + SECOND, BEGAN + 3 * SECOND, BEGAN + 9 * SECOND];
  t.same(failedIn(evidence(refusedAt(nowAndThen, '503 overloaded'))), []);
  const about = /that nobody asked for before.*writes were done again/;
  t.match(
    failedIn(evidence(refusedAt(nowAndThen, '503 database-unavailable'))).join(),
    about,
    'but not what it refuses for the fault',
  );
  const always = moments.filter((at) => at >= BEGAN);
  const shed = evidence(refusedAt(always, '503 overloaded'));
  t.match(failedIn(shed).join(), about, 'nor everything from the fault on');
  const seen = judge(shed).verdicts.find(({ name }) => name.includes('that nobody asked for before'))?.seen;
  t.match(seen, /^0 % of \d+ answered and 100 % shed for want of room, before the fault 100 % and 0 %/);
});
