import { failuresOf } from '../load/load.ts';
import type { LoadResult } from '../load/plan.ts';
import { type Spread, spread } from '../measure.ts';
import type { OutageResult } from './outage.ts';
import type { ReadsResult } from './reads.ts';
import type { Outage, RecoveryResult } from './recovery.ts';
import type { RedisResult } from './redis-away.ts';
import type { RefusalsResult } from './refusals.ts';

/** One line of the table: what was measured, what it was held against, and whether its goal is met. */
type Line = {
  readonly what: string;
  readonly figure: string;
  readonly beside: string;
  readonly ratio: string;
  readonly goal: string;
  /** Undefined where there is no goal. */
  readonly met?: boolean;
};

type Pick = (result: LoadResult) => number;

const P50: Pick = ({ latency }) => latency.p50;
const P99: Pick = ({ latency }) => latency.p99;
const RATE: Pick = ({ ratePerSecond }) => ratePerSecond;

const CPU: Pick = ({ cpuMsEach }) => cpuMsEach ?? Number.NaN;

const READS_GOAL = 2;
const REFUSAL_GOAL_MS = 5;
const REFUSALS_GOAL = 0.7;
const REDIS_GOAL = 0.9;
const OPENING_GOAL_MS = 2000;
const RECOVERY_GOAL_MS = 1000;

/** The result as a table in Markdown. */
export function outageTable(result: OutageResult): string {
  const { reads = [], refusals, redisAway, connections, recovery } = result;
  const lines = [
    ...reads.flatMap(readsLines),
    ...(refusals ? refusalsLines(refusals) : []),
    ...(redisAway ? redisLines(redisAway) : []),
    ...(connections ? connectionsLines(connections) : []),
    ...(recovery ? recoveryLines(recovery) : []),
  ];
  const failed = failedMeasurements(result);
  return [
    `Medians of ${result.effort.rounds} rounds of ${result.effort.measureMs / 1000} s, what is compared in turn; the ends in brackets.`,
    '',
    '| what | measured | beside it | ratio | goal | |',
    '| --- | --: | --: | --: | --: | --- |',
    ...lines.map(
      ({ what, figure, beside, ratio, goal, met }) =>
        `| ${what} | ${figure} | ${beside} | ${ratio} | ${goal} | ${met === undefined ? '' : met ? 'met' : '**missed**'} |`,
    ),
    ...(failed.length === 0 ? [] : ['', 'Failed measurements:', '', ...failed.map((each) => `- ${each}`)]),
  ].join('\n');
}

/** Loads of which something was not answered as expected, in words. */
export function failedMeasurements(result: OutageResult): string[] {
  const { reads = [], refusals, redisAway, connections, recovery } = result;
  const loads: [string, readonly LoadResult[]][] = [
    ...reads.flatMap(({ freshMs, healthy, outage }): [string, readonly LoadResult[]][] => [
      [`reads in health, current for ${freshMs} ms`, healthy],
      [`reads in an outage, current for ${freshMs} ms`, outage],
    ]),
    ...(refusals ? sidesOf('refusals at a constant rate', refusals.constant) : []),
    ...(refusals ? sidesOf('refusals, as many as possible', refusals.most) : []),
    ...(redisAway ? sidesOf('Redis away', redisAway) : []),
    ...(connections && !('obstacle' in connections)
      ? sidesOf('connections', { few: connections.few, many: connections.many })
      : []),
  ];
  const failed = loads.flatMap(([name, results]) =>
    results.flatMap((each, round) => {
      const failures = failuresOf(each);
      return failures === undefined ? [] : [`${name}, round ${round + 1}: ${failures}`];
    }),
  );
  const { lost = [], doneThoughRefused = [], doubled = [] } = recovery?.written ?? {};
  return [...failed, ...lost, ...doneThoughRefused, ...doubled];
}

function sidesOf(
  name: string,
  sides: Readonly<Record<string, readonly LoadResult[]>>,
): [string, readonly LoadResult[]][] {
  return Object.entries(sides).map(([side, results]) => [`${name}: ${side}`, results]);
}

function readsLines({ freshMs, healthy, outage }: ReadsResult): Line[] {
  const kind = freshMs > 10_000 ? 'most still current' : 'nearly all outdated';
  const failed = outage.reduce((sum, { failures }) => sum + times(failures), 0);
  const answered = outage.reduce((sum, each) => sum + each.answered, 0);
  const stale = outage.reduce((sum, each) => sum + each.stale, 0);
  const ratio = ratioOf(P99, outage, healthy);
  return [
    {
      what: `reads seen before, from the kill of PostgreSQL on (${kind}): answered`,
      figure: `${answered} of ${answered + failed}`,
      beside: `${stale} of them marked stale`,
      ratio: '',
      goal: '100 %',
      met: failed === 0,
    },
    {
      ...compared(`the same: p99, beside p99 in health`, P99, outage, healthy, ms),
      goal: `≤ ${READS_GOAL}`,
      met: ratio.median <= READS_GOAL,
    },
    { ...compared('the same: p50', P50, outage, healthy, ms), goal: '' },
    { ...compared('the same: processor time for each', CPU, outage, healthy, ms), goal: '' },
  ];
}

function refusalsLines({ ratePerSecond, connections, constant, most }: RefusalsResult): Line[] {
  const load = `refusals, ${ratePerSecond} a second over ${connections} connections`;
  return [
    {
      ...compared(`${load}: p99, beside bare Fastify`, P99, constant.steadfast, constant.bare, ms),
      goal: `≤ ${REFUSAL_GOAL_MS} ms`,
      met: spreadOf(P99, constant.steadfast).median <= REFUSAL_GOAL_MS,
    },
    { ...compared('the same: p50', P50, constant.steadfast, constant.bare, ms), goal: '' },
    {
      ...compared('the same: p99 of how late the load sent', lateness, constant.steadfast, constant.bare, ms),
      goal: '',
    },
    {
      ...compared('refusals, as many a second as possible', RATE, most.steadfast, most.bare, count),
      goal: `≥ ${REFUSALS_GOAL}`,
      met: ratioOf(RATE, most.steadfast, most.bare).median >= REFUSALS_GOAL,
    },
    { ...compared('the same: processor time for each', CPU, most.steadfast, most.bare, ms), goal: '' },
  ];
}

function redisLines({ bare, postgresOnly, present, killed, frozen }: RedisResult): Line[] {
  const line = (what: string, a: readonly LoadResult[], b: readonly LoadResult[]): Line => ({
    ...compared(what, RATE, a, b, count),
    goal: `≥ ${REDIS_GOAL}`,
    met: ratioOf(RATE, a, b).median >= REDIS_GOAL,
  });
  return [
    line('reads a second with Redis killed, beside a server that never had one', killed, postgresOnly),
    line('the same with Redis frozen', frozen, postgresOnly),
    line('Redis killed, beside Redis up and empty', killed, present),
    { ...compared('processor time for each with Redis killed', CPU, killed, postgresOnly, ms), goal: '' },
    {
      ...compared(
        'reads a second without Redis, beside bare Fastify with the same statements',
        RATE,
        postgresOnly,
        bare,
        count,
      ),
      goal: '',
    },
    { ...compared('the same: processor time for each', CPU, postgresOnly, bare, ms), goal: '' },
  ];
}

function connectionsLines(result: NonNullable<OutageResult['connections']>): Line[] {
  if ('obstacle' in result) {
    return [
      { what: 'open connections', figure: result.obstacle, beside: '', ratio: '', goal: 'no error', met: false },
    ];
  }
  const { connections, idle, few, many, bytesEach } = result;
  const errors = many.reduce((sum, { failures }) => sum + times(failures), 0);
  return [
    {
      what: `${connections} open connections, ${idle} of them idle: errors`,
      figure: String(errors),
      beside: '',
      ratio: '',
      goal: '0',
      met: errors === 0,
    },
    { ...compared('the same: p99, beside 100 connections', P99, many, few, ms), goal: '' },
    {
      what: 'the same: resident memory for each connection, in kB',
      figure: inWords(spread(bytesEach.map((bytes) => bytes / 1024)), ms),
      beside: '',
      ratio: '',
      goal: '',
    },
  ];
}

function recoveryLines({ killed, frozen, written }: RecoveryResult): Line[] {
  const worst = (outages: readonly Outage[], pick: (outage: Outage) => number) =>
    spread(outages.map((outage) => pick(outage)));
  const lines = (fault: string, outages: readonly Outage[]): Line[] => {
    const opening = worst(outages, ({ openedAfterMs }) => openedAfterMs);
    const writing = worst(outages, ({ wroteAfterMs }) => wroteAfterMs);
    const beyond = worst(outages, ({ wroteAfterMs, untilProbeMs }) => wroteAfterMs - untilProbeMs);
    return [
      {
        what: `${outages.length} ${fault}: until the breaker was open, in ms`,
        figure: inWords(opening, count),
        beside: '',
        ratio: '',
        goal: `≤ ${OPENING_GOAL_MS}`,
        met: opening.max <= OPENING_GOAL_MS,
      },
      {
        what: 'from PostgreSQL answering to the first acknowledged write, in ms',
        figure: inWords(writing, count),
        beside: '',
        ratio: '',
        goal: '',
      },
      {
        what: 'the same without the wait for the next probe',
        figure: inWords(beyond, count),
        beside: '',
        ratio: '',
        goal: `≤ ${RECOVERY_GOAL_MS}`,
        met: beyond.max <= RECOVERY_GOAL_MS,
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
      ratio: '',
      goal: '0',
      met: wrong === 0,
    },
  ];
}

function compared(
  what: string,
  pick: Pick,
  a: readonly LoadResult[],
  b: readonly LoadResult[],
  format: (value: number) => string,
): Omit<Line, 'goal' | 'met'> {
  return {
    what,
    figure: inWords(spreadOf(pick, a), format),
    beside: inWords(spreadOf(pick, b), format),
    ratio: inWords(ratioOf(pick, a, b), (value) => value.toFixed(2)),
  };
}

const spreadOf = (pick: Pick, results: readonly LoadResult[]): Spread => spread(results.map(pick));

/** Round by round. */
function ratioOf(pick: Pick, a: readonly LoadResult[], b: readonly LoadResult[]): Spread {
  return spread(a.map((each, round) => pick(each) / (b[round] === undefined ? Number.NaN : pick(b[round]))));
}

const lateness: Pick = (result) => result.lateness.p99;

const times = (failures: LoadResult['failures']) => Object.values(failures).reduce((a, b) => a + b, 0);

const inWords = ({ median: middle, min, max }: Spread, format: (value: number) => string) =>
  min === max ? format(middle) : `${format(middle)} (${format(min)}–${format(max)})`;

const ms = (value: number) => (value < 1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(0));
const count = (value: number) => Math.round(value).toLocaleString('en');
