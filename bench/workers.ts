import { availableParallelism } from 'node:os';
import { children } from '../src/throwaway/processes.ts';
import { type GoalLine, goalTable, NO_GOAL, notMeasured, ratioAtLeast, unlessFailed } from './goals.ts';
import { workerTimesMs } from './load/process-usage.ts';
import { provideWrk } from './load/wrk.ts';
import type { Context, Report } from './measurement.ts';
import { ratioBars } from './report/ratio-bars.ts';
import { cached } from './speed/cached-rows.ts';
import { measureRow, type RowResult, type SideResult, type SpeedEffort } from './speed/side.ts';
import { count, inWords, precise, type Spread, spread } from './spread.ts';
import { setBenchStage } from './stage.ts';

const WORKERS = 2;
const PATH = '/api/articles';
const CONNECTIONS = 50;
const GOAL = 1.7;
/** With fewer, the load takes from the workers what they would need. */
const PROCESSORS = WORKERS + 1;

/** Of the workers' processor time: one that did less was hardly measured. */
const LEAST_SHARE = 0.3;

export type WorkersResult = {
  readonly processors: number;
  readonly row: RowResult;
  /** Of 1, of the processor time of all workers: that of the one that did the least. */
  readonly leastShare: number;
};

/** The list from memory, by turns from one process and from two that share a port. */
export async function measureWorkers(effort: SpeedEffort, { cleanUp, progress }: Context): Promise<WorkersResult> {
  const wrk = await provideWrk(progress);
  const stage = await setBenchStage(progress);
  cleanUp(() => stage.remove());
  const one = await stage.start();
  const two = await stage.start({ WORKERS: String(WORKERS) });
  if (children(two.process.pid ?? 0).length < WORKERS) throw new Error('The server did not start any workers.');
  // Each worker has a memory of its own: both have read it before the answers are compared.
  for (let asked = 0; asked < 10 * WORKERS; asked += 1) await (await fetch(two.origin + PATH)).arrayBuffer();
  const row = {
    name: `the list from memory, ${WORKERS} workers`,
    ceiling: 'one process',
    goal: GOAL,
    connections: CONNECTIONS,
    ours: (await cached(two, PATH)).side,
    beside: (await cached(one, PATH)).side,
  };
  const before = workerTimesMs(two.process.pid);
  const result = await measureRow(wrk, row, effort, progress);
  const worked = workerTimesMs(two.process.pid).map((ms, worker) => ms - (before[worker] ?? 0));
  return { processors: availableParallelism(), row: result, leastShare: leastShareOf(worked) };
}

/** NaN where nobody says. */
function leastShareOf(worked: readonly number[]): number {
  const busiest = [...worked].sort((one, other) => other - one).slice(0, WORKERS);
  return (busiest[WORKERS - 1] ?? Number.NaN) / busiest.reduce((sum, ms) => sum + ms, 0);
}

export function workersReport(result: WorkersResult): Report {
  const { processors, row, leastShare } = result;
  const { name, ours, beside } = row;
  const hasRoom = processors >= PROCESSORS;
  const rates = ({ ratePerSecond }: SideResult) => ratePerSecond;
  const micros = ({ cpuMsEach }: SideResult) => cpuMsEach * 1000;
  const perRound = (pick: (two: SideResult, one: SideResult) => number): Spread =>
    spread(ours.flatMap((two, round) => (beside[round] === undefined ? [] : [pick(two, beside[round])])));
  const byRate = perRound((two, one) => rates(two) / rates(one));
  const byTime = perRound((two, one) => micros(one) / micros(two));
  const failures = [...ours, ...beside].flatMap((each) => each.failures);
  if (leastShare < LEAST_SHARE) {
    failures.push(`one worker did ${Math.round(100 * leastShare)} % of the work: the load was not shared`);
  }
  const what = `${name}, a second`;
  const throughput: GoalLine = {
    what,
    figure: inWords(spread(ours.map(rates)), count),
    beside: `${inWords(spread(beside.map(rates)), count)}; ${row.ceiling}`,
    ...ratioAtLeast(byRate, GOAL),
  };
  const lines: GoalLine[] = [
    hasRoom
      ? unlessFailed(throughput, failures)
      : notMeasured(
          what,
          `This machine has ${processors} processors: the load takes one, and the workers need ${WORKERS}.`,
          throughput.goal,
        ),
    {
      what: `${name}: processor time for each answer, µs`,
      figure: inWords(spread(ours.map(micros)), precise),
      beside: `${inWords(spread(beside.map(micros)), precise)}; ${row.ceiling}`,
      ...{ ratio: byTime, ...NO_GOAL },
    },
  ];
  return {
    lines,
    plots: [ratioBars('Two workers, to one process', lines)],
    markdown: [
      `${CONNECTIONS} connections, wrk; medians of rounds, the ends in brackets.`,
      '',
      goalTable(lines),
    ].join('\n'),
    result,
    failures,
  };
}
