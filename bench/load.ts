import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { FromLoad, LoadPlan, LoadResult } from './load-plan.ts';

const PROGRAM = join(import.meta.dirname, 'load-process.ts');

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
  const child = fork(PROGRAM);
  const under: Promise<void>[] = [];
  try {
    const result = await new Promise<LoadResult>((resolve, reject) => {
      const begin = (action: (() => Promise<void>) | undefined) => {
        if (action !== undefined) under.push(action().catch(reject));
      };
      child.on('message', (message: FromLoad) => {
        if (message.said === 'opened') begin(moments.opened);
        else if (message.said === 'measuring') begin(moments.measuring);
        else resolve(message.result);
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`The load's process ended with ${code ?? signal}.`)));
      child.send(plan);
    });
    await Promise.all(under);
    return result;
  } finally {
    if (child.connected) child.disconnect();
  }
}

/** The failures of a load in words, or undefined when there were none. */
export function failuresOf({ failures }: LoadResult): string | undefined {
  const all = Object.entries(failures).map(([reason, times]) => `${times} × ${reason}`);
  return all.length === 0 ? undefined : all.join(', ');
}
