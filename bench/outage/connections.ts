import { setTimeout as sleep } from 'node:timers/promises';
import { runShell } from '../../src/throwaway/shell.ts';
import { runLoad } from '../load/load.ts';
import type { LoadPlan, LoadResult } from '../load/plan.ts';
import { residentBytes } from '../load/process-usage.ts';
import { addressOf, type BenchStage } from '../stage.ts';
import { type OutageEffort, type Progress, seenReads } from './reads.ts';

const CONNECTIONS = 10_000;
const FEW = 100;
const RATE_PER_SECOND = 1000;
const WARM_UP_MS = 5000;
/** Files and connections of a process that carry no client. */
const OTHER_FILES = 200;

export type ConnectionsResult =
  | {
      readonly connections: number;
      readonly idle: number;
      readonly few: readonly LoadResult[];
      readonly many: readonly LoadResult[];
      /** Bytes of the server's resident memory for each connection beyond the few, by round. */
      readonly bytesEach: readonly number[];
    }
  | { readonly obstacle: string };

/** The same load on a few connections and on ten thousand, half of which are open and say nothing. */
export async function measureConnections(
  stage: BenchStage,
  { rounds, measureMs }: OutageEffort,
  progress: Progress,
): Promise<ConnectionsResult> {
  // Node raises its own limit to the hard one; what it starts inherits it.
  const limit = await runShell('ulimit -Hn');
  const needed = CONNECTIONS + OTHER_FILES;
  if (Number(limit) < needed) {
    return {
      obstacle: `A process may open ${limit} files here and needs ${needed}. As root: ulimit -Hn ${needed}, then again.`,
    };
  }
  const few: LoadResult[] = [];
  const many: LoadResult[] = [];
  const bytesEach: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const instance = await stage.start();
    try {
      const plan: LoadPlan = {
        ...addressOf(instance),
        requests: await seenReads(stage, instance),
        connections: FEW,
        ratePerSecond: RATE_PER_SECOND,
        warmUpMs: WARM_UP_MS,
        measureMs,
        status: 200,
      };
      const [onFew, before] = await withMemory(plan);
      const [onMany, after] = await withMemory({
        ...plan,
        connections: CONNECTIONS,
        idle: CONNECTIONS / 2,
      });
      few.push(onFew);
      many.push(onMany);
      bytesEach.push((after - before) / (CONNECTIONS - FEW));
      progress(`${CONNECTIONS} connections: round ${round} of ${rounds}`);
    } finally {
      await instance.stop();
    }
  }
  return { connections: CONNECTIONS, idle: CONNECTIONS / 2, few, many, bytesEach };
}

/** Puts the load on, and looks at the server's resident memory shortly before its end. */
async function withMemory(plan: LoadPlan): Promise<readonly [result: LoadResult, bytes: number]> {
  let bytes = Number.NaN;
  const result = await runLoad(plan, {
    measuring: async () => {
      await sleep(plan.measureMs * 0.9);
      bytes = await residentBytes(plan.pid);
    },
  });
  return [result, bytes];
}
