import { type GoalLine, goal, NO_GOAL, notMeasured, ratioAtLeast, ratioAtMost, unlessFailed } from '../goals.ts';
import { failuresOf } from '../load/load.ts';
import type { LoadResult } from '../load/plan.ts';
import { count, inWords, precise, ratios, type Spread, spread } from '../spread.ts';
import type { OutageResult } from './outage.ts';
import type { ReadsResult } from './reads.ts';
import type { Outage, RecoveryResult } from './recovery.ts';
import type { RedisResult } from './redis-away.ts';
import type { RefusalsResult } from './refusals.ts';

type Pick = (result: LoadResult) => number;

const P50: Pick = ({ latency }) => latency.p50;
const P99: Pick = ({ latency }) => latency.p99;
const RATE: Pick = ({ ratePerSecond }) => ratePerSecond;
const CPU: Pick = ({ cpuMsEach }) => cpuMsEach ?? Number.NaN;
const LATENESS: Pick = ({ lateness }) => lateness.p99;

export const REFUSAL_GOAL_MS = 5;
const BARE = 'bare Fastify with the same bytes';
const READS_GOAL = 2;
const REFUSALS_GOAL = 0.7;
const REDIS_GOAL = 0.9;
const OPENING_GOAL_MS = 2000;
const RECOVERY_GOAL_MS = 1000;

export function readsLines({ freshMs, healthy, outage }: ReadsResult): GoalLine[] {
  const kind = freshMs > 10_000 ? 'most still current' : 'nearly all outdated';
  const failed = outage.reduce((sum, { failures }) => sum + times(failures), 0);
  const answered = outage.reduce((sum, each) => sum + each.answered, 0);
  const stale = outage.reduce((sum, each) => sum + each.stale, 0);
  return [
    {
      what: `reads from the kill of PostgreSQL on, ${kind}: answered`,
      figure: `${answered} of ${answered + failed}`,
      beside: `${stale} of them marked stale`,
      ...goal('100 %', failed === 0),
    },
    unlessFailed(
      {
        ...compared(`reads from the kill on, ${kind}: p99, ms`, P99, outage, healthy, precise, 'in health'),
        ...ratioAtMost(ratioOf(P99, outage, healthy), READS_GOAL),
      },
      failuresIn(outage, healthy),
    ),
    { ...compared('the same: p50, ms', P50, outage, healthy, precise), ...NO_GOAL },
    { ...compared('the same: processor time for each, ms', CPU, outage, healthy, precise), ...NO_GOAL },
  ];
}

export function refusalsLines({ ratePerSecond, connections, constant, most }: RefusalsResult): GoalLine[] {
  const load = `refusals, ${ratePerSecond} a second over ${connections} connections`;
  return [
    unlessFailed(
      {
        ...compared(`${load}: p99, ms`, P99, constant.steadfast, constant.bare, precise, BARE),
        ...goal(`≤ ${REFUSAL_GOAL_MS} ms`, spreadOf(P99, constant.steadfast).median <= REFUSAL_GOAL_MS),
      },
      failuresIn(constant.steadfast, constant.bare),
    ),
    { ...compared('the same: p50, ms', P50, constant.steadfast, constant.bare, precise), ...NO_GOAL },
    {
      ...compared(
        'the same: p99 of how late the load sent, ms',
        LATENESS,
        constant.steadfast,
        constant.bare,
        precise,
      ),
      ...NO_GOAL,
    },
    unlessFailed(
      {
        ...compared('refusals, the most a second', RATE, most.steadfast, most.bare, count, BARE),
        ...ratioAtLeast(ratioOf(RATE, most.steadfast, most.bare), REFUSALS_GOAL),
      },
      failuresIn(most.steadfast, most.bare),
    ),
    { ...compared('the same: processor time for each, ms', CPU, most.steadfast, most.bare, precise), ...NO_GOAL },
  ];
}

export function redisLines({ bare, postgresOnly, present, killed, frozen }: RedisResult): GoalLine[] {
  const never = 'a server that never had one';
  const line = (
    what: string,
    a: readonly LoadResult[],
    b: readonly LoadResult[] = postgresOnly,
    against = never,
  ): GoalLine =>
    unlessFailed(
      {
        ...compared(what, RATE, a, b, count, against),
        ...ratioAtLeast(ratioOf(RATE, a, b), REDIS_GOAL),
      },
      failuresIn(a, b),
    );
  return [
    line('reads a second with Redis killed', killed),
    line('reads a second with Redis frozen', frozen),
    line('reads a second with Redis killed', killed, present, 'Redis up and empty'),
    {
      ...compared('processor time for each with Redis killed, ms', CPU, killed, postgresOnly, precise, never),
      ...NO_GOAL,
    },
    {
      ...compared(
        'reads a second without Redis',
        RATE,
        postgresOnly,
        bare,
        count,
        'bare Fastify with the same statements',
      ),
      ...NO_GOAL,
    },
    { ...compared('the same: processor time for each, ms', CPU, postgresOnly, bare, precise), ...NO_GOAL },
  ];
}

export function connectionsLines(result: NonNullable<OutageResult['connections']>): GoalLine[] {
  if ('obstacle' in result) {
    return [notMeasured('open connections', result.obstacle, '0 errors')];
  }
  const { connections, idle, few, many, bytesEach } = result;
  const each = inWords(spread(bytesEach.map((bytes) => bytes / 1024)), precise);
  const errors = many.reduce((sum, { failures }) => sum + times(failures), 0);
  return [
    {
      what: `${count(connections)} open connections, ${count(idle)} of them idle: errors`,
      figure: String(errors),
      beside: `${each} kB of resident memory for each`,
      ...goal('0', errors === 0),
    },
    { ...compared('the same: p99, ms', P99, many, few, precise, 'on 100 connections'), ...NO_GOAL },
  ];
}

export function recoveryLines({ killed, frozen, written }: RecoveryResult): GoalLine[] {
  const worst = (outages: readonly Outage[], pick: (outage: Outage) => number) =>
    spread(outages.map((outage) => pick(outage)));
  const lines = (fault: string, outages: readonly Outage[]): GoalLine[] => {
    const opening = worst(outages, ({ openedAfterMs }) => openedAfterMs);
    const writing = worst(outages, ({ wroteAfterMs }) => wroteAfterMs);
    const beyond = worst(outages, ({ wroteAfterMs, untilProbeMs }) => wroteAfterMs - untilProbeMs);
    return [
      {
        what: `${outages.length} ${fault}: until the breaker was open, ms`,
        figure: inWords(opening, count),
        beside: '',
        ...goal(`≤ ${OPENING_GOAL_MS} ms`, opening.max <= OPENING_GOAL_MS),
      },
      {
        what: `${fault}: from PostgreSQL answering to the first acknowledged write, ms`,
        figure: inWords(writing, count),
        beside: '',
        ...NO_GOAL,
      },
      {
        what: `${fault}: the same without the wait for the next probe, ms`,
        figure: inWords(beyond, count),
        beside: '',
        ...goal(`≤ ${RECOVERY_GOAL_MS} ms`, beyond.max <= RECOVERY_GOAL_MS),
      },
    ];
  };
  const wrong = written.lost.length + written.doneThoughRefused.length + written.doubled.length;
  return [
    ...lines('kills', killed),
    ...lines('freezes', frozen),
    {
      what: `acknowledged writes (${written.acknowledged}) lost or doubled, refused ones (${written.refused}) done`,
      figure: String(wrong),
      beside: '',
      ...goal('0', wrong === 0),
    },
  ];
}

function compared(
  what: string,
  pick: Pick,
  a: readonly LoadResult[],
  b: readonly LoadResult[],
  format: (value: number) => string,
  against?: string,
): Omit<GoalLine, 'goal' | 'verdict'> {
  return {
    what,
    figure: inWords(spreadOf(pick, a), format),
    beside: inWords(spreadOf(pick, b), format) + (against === undefined ? '' : `; ${against}`),
    ratio: ratioOf(pick, a, b),
  };
}

const spreadOf = (pick: Pick, results: readonly LoadResult[]): Spread => spread(results.map(pick));

const ratioOf = (pick: Pick, a: readonly LoadResult[], b: readonly LoadResult[]): Spread =>
  ratios(a.map(pick), b.map(pick));

/** What went wrong in the loads that a line is made of, in words. */
const failuresIn = (...loads: readonly (readonly LoadResult[])[]): string[] =>
  loads.flat().flatMap((load) => failuresOf(load) ?? []);

const times = (failures: LoadResult['failures']) => Object.values(failures).reduce((a, b) => a + b, 0);
