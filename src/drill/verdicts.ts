import { type Figures, figuresOf, shareAnswered } from './figures.ts';
import type { RequestRecord, Sighting } from './load/record.ts';
import { type Evidence, isAnswered } from './run.ts';
import { percent } from './words.ts';

/** One thing that was expected, whether it was so, and what was seen, in words. */
export type Verdict = {
  readonly name: string;
  readonly holds: boolean;
  readonly seen: string;
};

/**
 * REQUEST_DEADLINE_MS of the server at its default, and what a busy machine may add to it. What a machine adds that did
 * not even let the load's process run is added to every limit besides (`stallMs`).
 */
const DEADLINE_MS = 5000;
const DEADLINE_SLACK_MS = 750;
/** Reads from the cache are a matter of a few milliseconds; more than this is no longer "fast" on any machine. */
const FAST_MS = 250;
/** What a young server's memory may be larger by after a fault than before it: garbage that nobody had to collect. */
const MEMORY_SLACK_BYTES = 128 * 1024 * 1024;
/** The pool, the supervisor's connection and one of the schema guard. */
const MOST_CONNECTIONS_PER_INSTANCE = 12;
/** The tightest limit of the server's: a machine that stands still for longer makes even a Redis that is well seem away. */
const TIGHTEST_LIMIT_MS = 50;
const EXAMPLES = 3;

/** Judges what was seen of one fault by what must be true of every one, and by what is expected of this one. */
export function judge(evidence: Evidence): { readonly figures: Figures; readonly verdicts: readonly Verdict[] } {
  const figures = figuresOf(evidence);
  return {
    figures,
    verdicts: [
      processesLived(evidence),
      answeredInTime(figures, evidence),
      ...writesKept(evidence),
      readsAnswered(figures, evidence),
      readsFast(figures),
      ...unseenAnswered(evidence),
      ...writesFoundTheirWay(evidence),
      breakerAsExpected(figures, evidence),
      breakerToldTheTruth(evidence),
      healthToldTheTruth(evidence),
      nothingFailed(evidence),
      recovered(figures, evidence),
      memoryCameBack(evidence),
      connectionsCameBack(evidence),
    ],
  };
}

function processesLived({ deaths, fault }: Evidence): Verdict {
  return {
    name: 'no server process died',
    holds: deaths.length === 0,
    seen: deaths.length === 0 ? `${fault.instances} ran to the end` : deaths.join('; '),
  };
}

function answeredInTime({ slowestMs }: Figures, { records, stallMs, times }: Evidence): Verdict {
  const hung = records.filter(({ outcome }) => outcome === 'hung').length;
  const late = records.filter(({ ms }) => ms > DEADLINE_MS + DEADLINE_SLACK_MS);
  const when = (record: RequestRecord) =>
    `${inWords(record)}, asked ${round(record.at - times.beganAt)} ms after the fault began`;
  return {
    name: `no request outlived its deadline of ${DEADLINE_MS} ms`,
    holds: hung === 0 && slowestMs <= DEADLINE_MS + DEADLINE_SLACK_MS + stallMs,
    seen: `the slowest of ${records.length} took ${round(slowestMs)} ms; ${hung} had no answer at all; the machine stood still for ${round(stallMs)} ms at most${examples(late.map(when))}`,
  };
}

function writesKept({ written }: Evidence): Verdict[] {
  const { acknowledged, refused, lost, doneThoughRefused, doubled } = written;
  return [
    {
      name: 'every acknowledged write is there, once',
      holds: acknowledged > 0 && lost.length === 0 && doubled.length === 0,
      seen: `${acknowledged} looked up in PostgreSQL, ${lost.length} lost, ${doubled.length} doubled${examples([...lost, ...doubled])}`,
    },
    {
      name: 'no write that was refused for certain was done',
      holds: doneThoughRefused.length === 0,
      seen: `${refused} looked up in PostgreSQL, ${doneThoughRefused.length} done${examples(doneThoughRefused)}`,
    },
  ];
}

function readsAnswered({ seenAnswered }: Figures, { fault, records, times }: Evidence): Verdict {
  const least = fault.expected.seenAnswered;
  const missed = records.filter(
    ({ kind, outcome, at }) =>
      kind === 'seen' && at >= times.beganAt && at < times.endedAt && outcome !== 'answered' && outcome !== 'stale',
  );
  return {
    name: `at least ${percent(least)} of the reads seen before were answered`,
    holds: seenAnswered >= least,
    seen: `${percent(seenAnswered)}${examples(missed.map(inWords))}`,
  };
}

function unseenAnswered({ fault, records, times }: Evidence): Verdict[] {
  const least = fault.expected.unseenAnswered;
  if (least === undefined) return [];
  const asked = records.filter(({ kind, at }) => kind === 'unseen' && at >= times.beganAt && at < times.endedAt);
  const share = shareAnswered(asked);
  // A machine with too much to do refuses some of them without any fault.
  const shareBefore = shareAnswered(records.filter(({ kind, at }) => kind === 'unseen' && at < times.beganAt));
  return [
    {
      name: `at least ${percent(least)} as many of the reads that nobody asked for before were answered as without the fault`,
      holds: share >= least * shareBefore,
      seen: `${percent(share)} of ${asked.length}, before the fault ${percent(shareBefore)}${examples(asked.filter((record) => !isAnswered(record)).map(inWords))}`,
    },
  ];
}

function writesFoundTheirWay({ fault, records, times, stallMs }: Evidence): Verdict[] {
  const limit = fault.expected.writesWithinMs;
  if (limit === undefined) return [];
  const writes = records.filter(({ kind, at }) => kind === 'write' && at >= times.beganAt);
  const refused = writes.filter((record) => !isAnswered(record) && record.at < times.stoppedAt - 500);
  const lastMs = Math.max(0, ...refused.map(({ at }) => at - times.beganAt));
  return [
    {
      name: `writes were done again within ${limit} ms`,
      holds: lastMs <= limit + stallMs,
      seen: `the last one that was not done was asked for ${round(lastMs)} ms after the fault began, ${refused.length} of ${writes.length} in all`,
    },
  ];
}

function readsFast({ seen }: Figures): Verdict {
  const limit = Math.max(FAST_MS, 2 * seen.before.p99);
  return {
    name: 'they stayed fast while the breaker was open',
    holds: seen.down.count === 0 || seen.down.p99 <= limit,
    seen:
      seen.down.count === 0
        ? 'it was not open long enough to say'
        : `p99 ${round(seen.down.p99)} ms, before the fault ${round(seen.before.p99)} ms; the limit is ${round(limit)} ms`,
  };
}

function breakerAsExpected({ openedAfterMs }: Figures, { fault, stallMs }: Evidence): Verdict {
  const { breaker, noticedWithinMs } = fault.expected;
  const opened = openedAfterMs !== undefined;
  const names = {
    opens: `the breaker opened within ${noticedWithinMs} ms`,
    'stays closed': 'the breaker stayed closed',
    'may open': 'the breaker may open, or not',
  };
  return {
    name: names[breaker],
    holds:
      breaker === 'may open' ||
      (breaker === 'opens' ? opened && openedAfterMs <= noticedWithinMs + stallMs : !opened),
    seen: opened ? `opened ${round(openedAfterMs)} ms after the fault began` : 'it never opened',
  };
}

/** Between two polls that both found the breaker open, PostgreSQL was asked nothing, so no write can have been done. */
function breakerToldTheTruth({ sightings, records, fault }: Evidence): Verdict {
  const writes = records.filter(({ kind, outcome }) => kind === 'write' && outcome === 'answered');
  const open = [...Array(fault.instances).keys()].flatMap((instance) =>
    pairs(sightings.filter((sighting) => sighting.instance === instance)).filter(
      ([one, next]) => one.breaker === 'open' && next.breaker === 'open',
    ),
  );
  const contradicted = open.flatMap(([one, next]) =>
    writes.filter(({ at, ms, instance }) => instance === one.instance && at > one.at && at + ms < next.at),
  );
  return {
    name: 'while the metrics said "open", no write was done',
    holds: contradicted.length === 0,
    seen: `${open.length} times a quarter of a second open, ${contradicted.length} writes done meanwhile${examples(contradicted.map(inWords))}`,
  };
}

function healthToldTheTruth({ sightings, times, fault, stallMs }: Evidence): Verdict {
  const { health, noticedWithinMs } = fault.expected;
  const during = sightings.filter(({ at }) => at > times.beganAt + noticedWithinMs && at < times.liftedAt);
  const wrong = during.filter((sighting) => !health.includes(sighting.health));
  const early = sightings.filter(({ at }) => at >= times.measuredFrom && at < times.beganAt);
  const alarms = early.filter((sighting) => sighting.health !== 'healthy');
  return {
    name: `health said "${health.join('" or "')}" ${noticedWithinMs} ms into the fault, and nothing before it`,
    holds: wrong.length === 0 && (alarms.length === 0 || stallMs > TIGHTEST_LIMIT_MS),
    seen: `asked ${during.length} times during the fault, ${wrong.length} answers were wrong, ${alarms.length} false alarms before${alarms.length > 0 ? `, the machine stood still for ${round(stallMs)} ms` : ''}${examples([...wrong, ...alarms].map(({ health, message }) => `${health}: ${message}`))}`,
  };
}

/** Whatever is not an answer must be an honest 503, or, where a server was killed, a connection that ended. */
function nothingFailed({ records, fault }: Evidence): Verdict {
  const failed = records.filter(({ outcome }) => outcome === 'failed');
  return {
    name: 'whatever was not answered was refused with 503',
    holds: failed.length === 0,
    seen: `${failed.length} of ${records.length} failed in another way${examples(failed.map(inWords))}${
      fault.instances > 1 ? ' (a client went to the other server where one could not be reached)' : ''
    }`,
  };
}

function recovered({ recoveredAfterMs }: Figures, { fault, quiet, stallMs, times, sightings }: Evidence): Verdict {
  const wellAt = times.endedAt + (recoveredAfterMs ?? 0);
  const reopened = sightings.some(({ at, breaker }) => at > wellAt && at < times.stoppedAt && breaker === 'open');
  const { recoversWithinMs } = fault.expected;
  return {
    name: `everything was well again within ${recoversWithinMs} ms of the fault's end, and stayed so`,
    holds: recoveredAfterMs !== undefined && recoveredAfterMs <= recoversWithinMs + stallMs && !reopened,
    seen:
      recoveredAfterMs === undefined
        ? `not at all; health says ${quiet.map(({ health, message }) => `${health}: ${message}`).join(' / ')}`
        : `after ${round(recoveredAfterMs)} ms${reopened ? '; then the breaker opened again' : ''}`,
  };
}

function memoryCameBack({ sightings, quiet, times }: Evidence): Verdict {
  const grown = quiet.map(({ instance, memoryBytes = 0 }) => {
    const before = sightings.filter((each) => each.instance === instance && each.at < times.beganAt);
    return memoryBytes - Math.max(0, ...before.map((each) => each.memoryBytes ?? 0));
  });
  const most = Math.max(...grown);
  return {
    name: 'memory came back',
    holds: most <= MEMORY_SLACK_BYTES,
    seen: `${most > 0 ? '+' : ''}${Math.round(most / 1024 / 1024)} MB after everything, at most +${MEMORY_SLACK_BYTES / 1024 / 1024} MB`,
  };
}

function connectionsCameBack({ quiet, connections, fault }: Evidence): Verdict {
  const used = quiet.reduce((sum, { connectionsUsed = 0 }) => sum + connectionsUsed, 0);
  const waiting = quiet.reduce((sum, sighting) => sum + (sighting.waiting ?? 0), 0);
  const most = MOST_CONNECTIONS_PER_INSTANCE * fault.instances;
  return {
    name: 'connections came back',
    holds: used === 0 && waiting === 0 && connections.after <= most,
    seen: `${used} in use and ${waiting} calls waiting after everything; PostgreSQL counts ${connections.after}, before ${connections.before}, at most ${most}`,
  };
}

function pairs(sightings: readonly Sighting[]): (readonly [Sighting, Sighting])[] {
  return sightings.slice(1).map((next, index) => [sightings[index] ?? next, next] as const);
}

const inWords = ({ route, said, ms }: RequestRecord) => `${route} said ${said} after ${round(ms)} ms`;

function examples(sentences: readonly string[]): string {
  return sentences.length === 0 ? '' : `: ${[...new Set(sentences)].slice(0, EXAMPLES).join('; ')}`;
}

const round = (ms: number) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));
