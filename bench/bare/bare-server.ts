import { fork } from 'node:child_process';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/config.ts';
import { asOptions, PLANNING, sessionLimits } from '../../src/database/session-settings.ts';
import { SERVER_COMMAND } from '../../src/server-command.ts';
import type { LoadPlan } from '../load/plan.ts';
import type { Promised } from './promised.ts';

const PROGRAM = join(import.meta.dirname, 'bare-process.ts');

/** What the bare server answers, and what it does with each answer besides. */
export type BarePlan = Served & { readonly promised?: Promised };

type Served =
  | {
      /** Everything, with the same bytes. */
      readonly serves: 'text';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      /** Everything, with what Redis has under the path after that prefix. */
      readonly serves: 'redis';
      readonly redisUrl: string;
      readonly prefix: string;
    }
  | {
      /** Some routes, by the very statements that Steadfast uses: see routes.ts. */
      readonly serves: 'statements';
      readonly databaseUrl: string;
      /** As PostgreSQL's `options` connection parameter. */
      readonly sessionOptions: string;
      readonly connections: number;
    };

export type BareServer = { readonly address: Pick<LoadPlan, 'port' | 'pid'>; stop(): void };

/** Starts bare Fastify as a process of its own, with what a server of ours gives to V8 and the C library. */
export async function startBare(plan: BarePlan): Promise<BareServer> {
  const child = fork(PROGRAM, {
    execArgv: SERVER_COMMAND.arguments.filter((argument) => argument.startsWith('--')),
    env: { ...process.env, ...SERVER_COMMAND.environment },
  });
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

/** Statements on that database, on connections as Steadfast's are. */
export function bareStatements(databaseUrl: string): BarePlan {
  const { database } = loadConfig({ DATABASE_URL: databaseUrl });
  return {
    serves: 'statements',
    databaseUrl,
    sessionOptions: asOptions({ ...sessionLimits(database), ...PLANNING }),
    connections: database.poolMax,
  };
}
