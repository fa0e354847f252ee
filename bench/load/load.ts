import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { FromLoad, LoadPlan, LoadResult } from './plan.ts';
import { cpuTimeMs } from './process-usage.ts';

const PROGRAM = join(import.meta.dirname, 'process.ts');
/** In MB: room for all garbage of a load of half a minute. Its own collections would be taken for the server's slowness. */
const ITS_MEMORY = ['--min-semi-space-size=64', '--max-semi-space-size=64', '--initial-heap-size=1024'];

/** What is done at moments of a load; the load goes on meanwhile. */
export type LoadMoments = {
  /** All connections are open, each has had one answer. */
  readonly opened?: () => Promise<void>;
  /** From now on everything counts. */
  readonly measuring?: () => Promise<void>;
};

/**
 * Puts a load on a server from a process of its own. Resolves when its last request is answered or given up; what went
 * otherwise than expected is in the result.
 */
export async function runLoad(plan: LoadPlan, moments: LoadMoments = {}): Promise<LoadResult> {
  const child = fork(PROGRAM, { execArgv: ITS_MEMORY });
  const under: Promise<void>[] = [];
  let cpuBefore: number | undefined;
  try {
    const result = await new Promise<LoadResult>((resolve, reject) => {
      const begin = (action: (() => Promise<void>) | undefined) => {
        if (action !== undefined) under.push(action().catch(reject));
      };
      child.on('message', (message: FromLoad) => {
        if (message.said === 'opened') begin(moments.opened);
        else if (message.said === 'measuring') {
          cpuBefore = cpuTimeMs(plan.pid);
          begin(moments.measuring);
        } else resolve(message.result);
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`The load's process ended with ${code ?? signal}.`)));
      child.send(plan);
    });
    const cpuAfter = cpuTimeMs(plan.pid);
    await Promise.all(under);
    if (cpuBefore === undefined || cpuAfter === undefined) return result;
    return { ...result, cpuMsEach: (cpuAfter - cpuBefore) / result.answered };
  } finally {
    if (child.connected) child.disconnect();
  }
}

/** The failures of a load in words, or undefined when there were none. */
export function failuresOf({ failures }: LoadResult): string | undefined {
  const all = Object.entries(failures).map(([reason, times]) => `${times} × ${reason}`);
  return all.length === 0 ? undefined : all.join(', ');
}
