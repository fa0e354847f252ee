import type { Figures } from './figures.ts';
import type { Sighting } from './load/record.ts';
import type { Evidence } from './run.ts';
import { isAnswered } from './shed.ts';
import type { Verdict } from './verdict.ts';
import { examples, requestInWords, round } from './words.ts';

/** What V8 may have grown by since the first seconds of a process, without need. The soak (bench/) looks for leaks. */
const MEMORY_SLACK_BYTES = 192 * 1024 * 1024;
/** The pool, the supervisor's connection and one of the schema guard. */
const MOST_CONNECTIONS_PER_INSTANCE = 12;
/** The tightest limit of the server's: a machine that stands still for longer makes even a Redis that is well seem away. */
const TIGHTEST_LIMIT_MS = 50;

export function processesLived({ deaths, fault }: Evidence): Verdict {
  return {
    name: 'no server process died',
    holds: deaths.length === 0,
    seen: deaths.length === 0 ? `${fault.instances} ran to the end` : deaths.join('; '),
  };
}

export function breakerAsExpected({ openedAfterMs }: Figures, { fault, stallMs }: Evidence): Verdict {
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
export function breakerToldTheTruth({ sightings, records, fault }: Evidence): Verdict {
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
    seen: `${open.length} times a quarter of a second open, ${contradicted.length} writes done meanwhile${examples(contradicted.map(requestInWords))}`,
  };
}

export function healthToldTheTruth({ sightings, times, fault, stallMs }: Evidence): Verdict {
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

export function recovered(
  { recoveredAfterMs }: Figures,
  { fault, quiet, stallMs, times, sightings, records }: Evidence,
): Verdict {
  const { recoversWithinMs } = fault.expected;
  const wellAt = times.endedAt + (recoveredAfterMs ?? 0);
  const late = records
    .filter((record) => record.at > times.endedAt + recoversWithinMs && !isAnswered(record))
    .map(requestInWords);
  const reopened = sightings.some(({ at, breaker }) => at > wellAt && at < times.stoppedAt && breaker === 'open');
  return {
    name: `everything was well again within ${recoversWithinMs} ms of the fault's end, and stayed so`,
    holds: recoveredAfterMs !== undefined && recoveredAfterMs <= recoversWithinMs + stallMs && !reopened,
    seen:
      recoveredAfterMs === undefined
        ? `not at all; health says ${quiet.map(({ health, message }) => `${health}: ${message}`).join(' / ')}${examples(late)}`
        : `after ${round(recoveredAfterMs)} ms${reopened ? '; then the breaker opened again' : ''}`,
  };
}

export function memoryCameBack({ sightings, quiet, times }: Evidence): Verdict {
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

export function connectionsCameBack({ quiet, connections, fault }: Evidence): Verdict {
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
