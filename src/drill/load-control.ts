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
  /** Ends the load; resolves when every request is answered or given up. */
  end(): Promise<readonly Fact[]>;
  /** Ends the process, whatever it is doing. */
  kill(): void;
};

export function beginLoad(plan: LoadPlan): LoadControl {
  const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const records: RequestRecord[] = [];
  const sightings: Sighting[] = [];
  const done = new Promise<readonly Fact[]>((resolve, reject) => {
    child.on('message', (message: FromLoad) => {
      if (message.said === 'done') resolve(message.facts);
      else {
        records.push(...message.records);
        sightings.push(...message.sightings);
      }
    });
    child.once('exit', (code, signal) => reject(new Error(`The load's process ended with ${code ?? signal}.`)));
  });
  // Who waits for it is told by `end`; nobody may be waiting yet.
  done.catch(() => {});
  const tell = (message: ToLoad) => child.connected && child.send(message);
  tell({ do: 'begin', plan });
  return {
    ...{ records, sightings },
    end: async () => {
      tell({ do: 'end' });
      const facts = await done;
      child.disconnect();
      return facts;
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
