import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Fact } from './load/journal.ts';
import type { FromLoad, LoadPlan, ToLoad } from './load/messages.ts';
import type { RequestRecord, Sighting } from './load/record.ts';

const PROGRAM = join(import.meta.dirname, 'load/load-process.ts');

/** The load's process, as the drill sees it. What it tells is collected here as it comes. */
export type LoadControl = {
  readonly records: readonly RequestRecord[];
  readonly sightings: readonly Sighting[];
  /** Since the load has begun: the longest time for which its process was not let run, in milliseconds. */
  stallMs(): number;
  /** Ends the load; resolves when every request is answered or given up. */
  end(): Promise<readonly Fact[]>;
  /** Ends the process, whatever it is doing. */
  kill(): void;
};

/** Resolves when the load goes on at its constant rate. */
export async function beginLoad(plan: LoadPlan): Promise<LoadControl> {
  const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const records: RequestRecord[] = [];
  const sightings: Sighting[] = [];
  let stallMs = 0;
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<readonly Fact[]>();
  // Who waits for it is told by `end`; nobody may be waiting yet.
  done.promise.catch(() => {});
  child.on('message', (message: FromLoad) => {
    if (message.said === 'begun') begun.resolve();
    else if (message.said === 'done') done.resolve(message.facts);
    else {
      records.push(...message.records);
      sightings.push(...message.sightings);
      stallMs = message.stallMs;
    }
  });
  child.once('exit', (code, signal) => {
    const ended = new Error(`The load's process ended with ${code ?? signal}.`);
    begun.reject(ended);
    done.reject(ended);
  });
  const tell = (message: ToLoad) => child.connected && child.send(message);
  tell({ do: 'begin', plan });
  await begun.promise;
  return {
    ...{ records, sightings },
    stallMs: () => stallMs,
    end: async () => {
      tell({ do: 'end' });
      const facts = await done.promise;
      child.disconnect();
      return facts;
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
