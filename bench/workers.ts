import { availableParallelism } from 'node:os';
import { children } from '../src/throwaway/processes.ts';
import { type GoalLine, goalTable, NO_GOAL, ratioAtLeast } from './goals.ts';
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

export type WorkersResult = { readonly processors: number; readonly row: RowResult };

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
  return { processors: availableParallelism(), row: await measureRow(wrk, row, effort, progress) };
}

export function workersReport(result: WorkersResult): Report {
  const { processors, row } = result;
  const { name, ours, beside } = row;
  const hasRoom = processors >= PROCESSORS;
  const rates = ({ ratePerSecond }: SideResult) => ratePerSecond;
  const micros = ({ cpuMsEach }: SideResult) => cpuMsEach * 1000;
  const perRound = (pick: (two: SideResult, one: SideResult) => number): Spread =>
    spread(ours.flatMap((two, round) => (beside[round] === undefined ? [] : [pick(two, beside[round])])));
  const byRate = perRound((two, one) => rates(two) / rates(one));
  const byTime = perRound((two, one) => (WORKERS * micros(one)) / micros(two));
  const lines: GoalLine[] = [
    {
      what: `${name}, a second`,
      figure: inWords(spread(ours.map(rates)), count),
      beside: `${inWords(spread(beside.map(rates)), count)}; ${row.ceiling}`,
      ...(hasRoom ? ratioAtLeast(byRate, GOAL) : { ratio: byRate, ...NO_GOAL }),
    },
    {
      what: `${name}: what they could answer by their processor time, µs each`,
      figure: inWords(spread(ours.map(micros)), precise),
      beside: `${inWords(spread(beside.map(micros)), precise)}; ${row.ceiling}`,
      ...(hasRoom ? { ratio: byTime, ...NO_GOAL } : ratioAtLeast(byTime, GOAL)),
    },
  ];
  const note = hasRoom
    ? ''
    : ` This machine has ${processors} processors, of which the load takes one: throughput says nothing here, and the goal ` +
      'is held against what an answer takes of all their processor time.';
  return {
    lines,
    plots: [ratioBars('Two workers, to one process', lines)],
    markdown: [
      `${CONNECTIONS} connections, wrk; medians of rounds, the ends in brackets.${note}`,
      '',
      goalTable(lines),
    ].join('\n'),
    result,
    failures: [...ours, ...beside].flatMap(({ failures }) => failures),
  };
}
