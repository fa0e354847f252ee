import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Agent, get } from 'node:http';
import { Tokens } from '../../src/http/tokens.ts';
import { SERVER_COMMAND } from '../../src/server-command.ts';
import { eventually, freePort } from '../../src/throwaway/shell.ts';

const READY_LIMIT_MS = 15_000;
const SECRET = randomBytes(32).toString('hex');
const tokens = new Tokens({ secret: SECRET, previousSecret: undefined, ttlSeconds: 3600 });

/** The real program on one database, without any cache, and one connection to it. */
export type UncachedServer = {
  /** One GET below /api, as that user or as nobody; throws unless it is answered with 200 from PostgreSQL. */
  get(path: string, viewerId?: string): Promise<void>;
  stop(): Promise<void>;
};

/** Starts the program with nothing remembered in the process, and a Redis that is not there. */
export async function startUncached(databaseUrl: string, folder: string): Promise<UncachedServer> {
  const port = await freePort();
  const program = spawn(process.execPath, SERVER_COMMAND.arguments, {
    cwd: folder,
    env: {
      ...SERVER_COMMAND.environment,
      PATH: process.env.PATH ?? '',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      REDIS_URL: 'redis://127.0.0.1:1',
      CACHE_MEMORY_BYTES: '0',
      CACHE_FRESH_MS: '1',
      RATE_LIMIT_PER_MINUTE: '0',
      LOG_LEVEL: 'error',
      JWT_SECRET: SECRET,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await eventually(async () => {
    const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`);
    if (!ok) throw new Error('the server is not ready');
  }, READY_LIMIT_MS);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    get: (path, viewerId) =>
      getOnce(agent, `http://127.0.0.1:${port}/api${path}`, {
        ...(viewerId !== undefined && {
          authorization: `Token ${tokens.issue({ userId: viewerId, version: 0 })}`,
        }),
      }),
    stop: () => {
      agent.destroy();
      return ended(program);
    },
  };
}

function getOnce(agent: Agent, url: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers }, (response) => {
      const source = String(response.headers['cache-status'] ?? '');
      response.on('end', () => {
        if (response.statusCode === 200 && source.includes('fwd=')) resolve();
        else reject(new Error(`${url}: ${response.statusCode} ${source}`));
      });
      response.on('error', reject).resume();
    });
    request.on('error', reject);
  });
}

function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    program.once('exit', () => resolve());
    program.kill('SIGTERM');
  });
}
