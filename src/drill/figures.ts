import type { RouteKind } from './load/record.ts';
import { beforeFault, duringFault, type Evidence } from './run.ts';
import { illOf, isAnswered, shareOf, toleratedShare } from './shed.ts';

export type Part = 'before' | 'opening' | 'down' | 'recovery' | 'after';

/** The parts of a run in order, each from one moment to another. */
export type Span = { readonly part: Part; readonly from: number; readonly to: number };

export type Latencies = {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

export type Figures = {
  readonly spans: readonly Span[];
  /** From the fault's beginning until the first server's breaker was open, in milliseconds. */
  readonly openedAfterMs: number | undefined;
  /** From the fault's end until everything was answered again and health said that all is well, for a second. */
  readonly recoveredAfterMs: number | undefined;
  /** Of 1: the reads seen before that were answered from the fault's beginning to its end. */
  readonly seenAnswered: number;
  /** Of 1: everything that was answered from the fault's beginning to its end. */
  readonly allAnswered: number;
  /** Reads seen before, by part. */
  readonly seen: Readonly<Record<Part, Latencies>>;
  /** Everything, by part. */
  readonly all: Readonly<Record<Part, Latencies>>;
  /** The longest a request took, in milliseconds. */
  readonly slowestMs: number;
};

/** How long all must have been well to count as such. */
const STEADY_MS = 1000;

export function figuresOf(evidence: Evidence): Figures {
  const { times, records, sightings } = evidence;
  const openedAt = sightings.find(
    ({ at, breaker }) => at >= times.beganAt && at < times.endedAt + STEADY_MS && breaker === 'open',
  )?.at;
  const recoveredAt = recoveryOf(evidence);
  const spans = spansOf(evidence, openedAt, recoveredAt);
  const during = duringFault(evidence);
  const byPart = (kinds: readonly RouteKind[]) => {
    const latencies = (part: Part) => {
      const span = spans.find((each) => each.part === part);
      const asked = records.filter(
        ({ at, kind }) => kinds.includes(kind) && span && at >= span.from && at < span.to,
      );
      return latenciesOf(asked.map(({ ms }) => ms));
    };
    return {
      before: latencies('before'),
      opening: latencies('opening'),
      down: latencies('down'),
      recovery: latencies('recovery'),
      after: latencies('after'),
    };
  };
  return {
    spans,
    openedAfterMs: openedAt === undefined ? undefined : openedAt - times.beganAt,
    recoveredAfterMs: recoveredAt === undefined ? undefined : Math.max(0, recoveredAt - times.endedAt),
    seenAnswered: shareOf(
      during.filter(({ kind }) => kind === 'seen'),
      isAnswered,
    ),
    allAnswered: shareOf(during, isAnswered),
    seen: byPart(['seen']),
    all: byPart(['seen', 'unseen', 'write']),
    slowestMs: Math.max(0, ...records.map(({ ms }) => ms)),
  };
}

/**
 * The first moment from which on, for a second, everything was answered and every server said that it is healthy.
 * Undefined when there was none before the load ended.
 */
function recoveryOf({ times, records, sightings }: Evidence): number | undefined {
  const tolerated = toleratedShare(beforeFault(records, times));
  const ill = [...illOf(records, tolerated), ...sightings.filter(({ health }) => health !== 'healthy')]
    .map(({ at }) => at)
    .filter((at) => at >= times.endedAt && at < times.stoppedAt)
    .sort((one, other) => one - other);
  return [times.endedAt, ...ill].find((at, index) => (ill[index] ?? times.stoppedAt) - at >= STEADY_MS);
}

function spansOf({ times }: Evidence, openedAt: number | undefined, recoveredAt: number | undefined): Span[] {
  const opened = Math.min(openedAt ?? times.endedAt, times.endedAt);
  const recovered = recoveredAt ?? times.stoppedAt;
  const moments: readonly [Part, number, number][] = [
    ['before', times.measuredFrom, times.beganAt],
    ['opening', times.beganAt, opened],
    ['down', opened, times.endedAt],
    ['recovery', times.endedAt, recovered],
    ['after', recovered, times.stoppedAt],
  ];
  return moments.map(([part, from, to]) => ({ part, from, to }));
}

export function latenciesOf(ms: readonly number[]): Latencies {
  const sorted = [...ms].sort((a, b) => a - b);
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** Of values in rising order; NaN where there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
