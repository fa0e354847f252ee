import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { LoadPlan } from '../load/plan.ts';

const PROGRAM = join(import.meta.dirname, 'bare-process.ts');

/** What the bare server answers: everything with the same bytes, or two reads by the statements that Steadfast uses. */
export type BarePlan =
  | {
      readonly serves: 'refusals';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly serves: 'statements';
      readonly databaseUrl: string;
      /** As PostgreSQL's `options` connection parameter. */
      readonly sessionOptions: string;
      readonly connections: number;
    };

export type BareServer = { readonly address: Pick<LoadPlan, 'port' | 'pid'>; stop(): void };

/** Starts bare Fastify as a process of its own. */
export async function startBare(plan: BarePlan): Promise<BareServer> {
  const child = fork(PROGRAM);
  const origin = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(String(message)));
    child.once('exit', (code, signal) => reject(new Error(`The bare server ended with ${code ?? signal}.`)));
    child.send(plan);
  });
  return {
    address: { port: Number(new URL(origin).port), pid: child.pid },
    stop: () => {
      if (child.connected) child.disconnect();
    },
  };
}
