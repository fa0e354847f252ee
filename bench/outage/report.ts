import { type GoalLine, goalTable, notMeasured } from '../goals.ts';
import { failuresOf } from '../load/load.ts';
import type { LoadResult } from '../load/plan.ts';
import type { Report } from '../measurement.ts';
import { latencyBars } from '../report/latency-bars.ts';
import { ratioBars } from '../report/ratio-bars.ts';
import { median } from '../spread.ts';
import {
  connectionsLines,
  REFUSAL_GOAL_MS,
  readsLines,
  recoveryLines,
  redisLines,
  refusalsLines,
} from './lines.ts';
import type { OutageResult } from './outage.ts';

export function outageReport(result: OutageResult): Report {
  const lines = linesOf(result);
  const failed = failedMeasurements(result);
  const goals = lines.filter(({ goalRatio }) => goalRatio !== undefined);
  return {
    lines,
    plots: [ratioBars('To what stands beside it', goals), ...refusalsPlot(result)],
    markdown: [
      `Medians of ${result.effort.rounds} rounds of ${result.effort.measureMs / 1000} s, what is compared in turn; the ends in brackets.`,
      '',
      goalTable(lines),
      ...(failed.length === 0 ? [] : ['', 'Failed measurements:', '', ...failed.map((each) => `- ${each}`)]),
    ].join('\n'),
    result,
    failures: failed,
  };
}

function linesOf({ reads = [], refusals, redisAway, connections, recovery, obstacles }: OutageResult): GoalLine[] {
  return [
    ...reads.flatMap(readsLines),
    ...(refusals ? refusalsLines(refusals) : []),
    ...(redisAway ? redisLines(redisAway) : []),
    ...(connections ? connectionsLines(connections) : []),
    ...(recovery ? recoveryLines(recovery) : []),
    ...Object.entries(obstacles).map(([part, why]) => notMeasured(`outage: ${part}`, why)),
  ];
}

function refusalsPlot({ refusals }: OutageResult): string[] {
  if (refusals === undefined) return [];
  const { constant, ratePerSecond } = refusals;
  const of = (pick: (result: LoadResult) => number, results: readonly LoadResult[]) => median(results.map(pick));
  const percentiles = (results: readonly LoadResult[]) => ({
    p50: of(({ latency }) => latency.p50, results),
    p99: of(({ latency }) => latency.p99, results),
  });
  return [
    latencyBars(`Refusals, ${ratePerSecond} a second, ms`, [
      { name: 'Steadfast', ...percentiles(constant.steadfast), goal: REFUSAL_GOAL_MS },
      { name: 'bare Fastify with the same bytes', ...percentiles(constant.bare) },
    ]),
  ];
}

/** Loads of which something was not answered as expected, in words. */
function failedMeasurements(result: OutageResult): string[] {
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
  return [
    ...Object.entries(result.obstacles).map(([part, why]) => `${part} was not measured: ${why}`),
    ...[...failed, ...lost, ...doneThoughRefused, ...doubled],
  ];
}

function sidesOf(
  name: string,
  sides: Readonly<Record<string, readonly LoadResult[]>>,
): [string, readonly LoadResult[]][] {
  return Object.entries(sides).map(([side, results]) => [`${name}: ${side}`, results]);
}
