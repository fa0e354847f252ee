import { randomBytes } from 'node:crypto';
import { ask } from '../src/drill/ask.ts';
import { type Instance, startInstance } from '../src/drill/instance.ts';
import { sightingOf } from '../src/drill/load/watcher.ts';
import { type Stage, setStage } from '../src/drill/stage.ts';
import { Tokens } from '../src/http/tokens.ts';
import { eventually, freePort, runShell } from '../src/throwaway/shell.ts';
import type { LoadPlan } from './load/plan.ts';

const LIMIT_MS = 30_000;
const NO_REDIS = 'redis://127.0.0.1:1';

/** As in production: the log at its default level. Limits by address would only measure the load's own address. */
const SETTINGS = { LOG_LEVEL: 'info', RATE_LIMIT_PER_MINUTE: '0', LOGIN_LIMIT_PER_MINUTE: '100000' };

export type BenchStage = Stage & {
  /** Starts one server process; whoever starts it stops it, or `remove` does. */
  start(settings?: Readonly<Record<string, string>>): Promise<Instance>;
  /** The same without a Redis: where its address leads to, nothing listens. */
  startWithoutRedis(settings?: Readonly<Record<string, string>>): Promise<Instance>;
  /** What they are started with beyond that, with passwords and keys. Never print it. */
  readonly settings: Readonly<Record<string, string>>;
  killPostgres(): Promise<void>;
  /** An access token of the account with that id, as its servers issue them. */
  tokenOf(userId: string): string;
};

/** The drill's servers, with the sample blog; server processes are started with settings of their own. */
export async function setBenchStage(progress: (sentence: string) => void): Promise<BenchStage> {
  const secret = { JWT_SECRET: randomBytes(32).toString('hex') };
  const tokens = new Tokens({ secret: secret.JWT_SECRET, previousSecret: undefined, ttlSeconds: 36_000 });
  const stage = await setStage(progress, secret);
  const { postgres, redis, folder } = stage.servers;
  const started: Promise<Instance>[] = [];
  const common = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, ...secret, ...SETTINGS };
  const note = (starting: Promise<Instance>) => {
    started.push(starting);
    return starting;
  };
  return {
    ...stage,
    settings: common,
    start: async (settings) => note(startInstance(folder, await freePort(), { ...common, ...settings })),
    startWithoutRedis: async (settings) => {
      const port = await freePort();
      return note(startInstance(folder, port, { ...common, ...settings, REDIS_URL: NO_REDIS }, 'degraded'));
    },
    remove: async () => {
      await Promise.allSettled(started.map(async (starting) => (await starting).stop()));
      await stage.remove();
    },
    killPostgres: async () => {
      await runShell(postgres.commands.kill);
    },
    tokenOf: (userId) => tokens.issue({ userId, version: 0 }),
  };
}

/** What a server says about its database: GET /health/database, moments in milliseconds since the epoch. */
export type DatabaseReport = {
  readonly breaker: 'closed' | 'open';
  /** Since when it is in that state. */
  readonly since: number;
  readonly nextProbeAt: number;
};

export async function databaseReport({ origin }: Instance): Promise<DatabaseReport> {
  const reply = await fetch(`${origin}/health/database`);
  const { breaker, connection } = (await reply.json()) as {
    breaker: { state: DatabaseReport['breaker']; since: string };
    connection: { next_probe_at: string };
  };
  return {
    breaker: breaker.state,
    since: Date.parse(breaker.since),
    nextProbeAt: Date.parse(connection.next_probe_at),
  };
}

/** Waits until the breaker is open, and says what the server says then. */
export function untilOpen(instance: Instance): Promise<DatabaseReport> {
  return eventually(
    async () => {
      const report = await databaseReport(instance);
      if (report.breaker !== 'open') throw new Error('The breaker does not open.');
      return report;
    },
    LIMIT_MS,
    20,
  );
}

export async function untilHealthy({ origin }: Instance): Promise<void> {
  await eventually(async () => {
    const { health, message } = await sightingOf(origin, 0);
    if (health !== 'healthy') throw new Error(`Steadfast does not become healthy again: ${message}`);
  }, LIMIT_MS);
}

/** Resolves with the moment at which PostgreSQL answers a statement, in milliseconds since the epoch. */
export async function untilPostgresAnswers(url: string): Promise<number> {
  await eventually(() => ask(url, 'select 1'), LIMIT_MS, 5);
  return Date.now();
}

/** Where a load finds a server, and what it uses of the processor. */
export function addressOf({ origin, process }: Instance): Pick<LoadPlan, 'port' | 'pid'> {
  return { port: Number(new URL(origin).port), pid: process.pid };
}
