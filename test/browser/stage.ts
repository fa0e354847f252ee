import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';
import { loadConfig } from '../../src/config/config.ts';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedSample } from '../../src/safety/seed.ts';
import { startServers, type ThrowawayServers } from '../../src/throwaway/servers.ts';
import { eventually, freePort } from '../../src/throwaway/shell.ts';
import { SERVER_PID_FILE } from '../../src/throwaway/workspace.ts';
import { FAST_POSTGRES } from '../support/private-servers.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const FRONT_END = join(import.meta.dirname, 'front-end');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
};
const READY_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 3_000;

export type Stage = {
  readonly servers: ThrowawayServers;
  /** Where the API is. */
  readonly api: string;
  /** Where the front end is: another origin, which CORS_ORIGINS names. */
  readonly frontEnd: string;
  /** The same front end at an origin that CORS_ORIGINS does not name. */
  readonly stranger: string;
  /** Resolves when the API says that it is ready for everything. */
  untilReady(): Promise<void>;
  /** Sends the API a signal: SIGSTOP lets it hang, SIGCONT go on. */
  signal(name: NodeJS.Signals): void;
  /** Ends the API as an administrator would. */
  stop(): Promise<void>;
  /** Starts it again where it was, with further settings, and waits until it is ready. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
};

/**
 * Everything a browser needs to meet: PostgreSQL, Redis, the real program on the sample blog, and a front end at
 * another origin. What is started is handed to `cleanUp` at once, so that it ends however this goes on.
 */
export async function setStage(
  cleanUp: (task: () => Promise<void> | void) => void,
  progress: (sentence: string) => void,
): Promise<Stage> {
  const servers = await startServers({ purpose: 'browser', postgresParameters: FAST_POSTGRES, progress });
  cleanUp(() => servers.remove());
  const { database } = loadConfig({ DATABASE_URL: servers.postgres.url });
  await migrate(database, () => {});
  await seedSample(database);

  const [frontEnd, stranger] = await Promise.all([serveFrontEnd(cleanUp), serveFrontEnd(cleanUp)]);
  const api = `http://127.0.0.1:${await freePort()}`;
  const settings = { PORT: new URL(api).port, CORS_ORIGINS: frontEnd };
  let program = startProgram(servers, settings);
  const stop = () => stopProgram(program);
  cleanUp(stop);
  const untilReady = () =>
    eventually(async () => {
      const answer = await fetch(`${api}/readyz`, { signal: AbortSignal.timeout(1000) });
      const health = await fetch(`${api}/health`, { signal: AbortSignal.timeout(1000) });
      const { status } = (await health.json()) as { status: string };
      if (!answer.ok || status !== 'healthy') throw new Error(`The API is not ready: ${status}`);
    }, READY_LIMIT_MS);
  await untilReady();
  const start: Stage['start'] = (further) => {
    program = startProgram(servers, { ...settings, ...further });
    return untilReady();
  };
  const signal: Stage['signal'] = (name) => program.kill(name);
  return { servers, api, frontEnd, stranger, untilReady, signal, stop, start };
}

function startProgram(servers: ThrowawayServers, settings: Readonly<Record<string, string>>): ChildProcess {
  const program = spawn(process.execPath, [MAIN], {
    // In the throwaway folder, so that no .env of the caller's is read.
    cwd: servers.folder,
    env: {
      PATH: process.env.PATH ?? '',
      DATABASE_URL: servers.postgres.url,
      REDIS_URL: servers.redis.url,
      JWT_SECRET: randomBytes(32).toString('hex'),
      LOG_LEVEL: 'error',
      ...settings,
    },
    // In a session of its own, so that Ctrl-C reaches only us.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(join(servers.folder, SERVER_PID_FILE), String(program.pid));
  return program;
}

async function stopProgram(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = new Promise((resolve) => program.once('exit', resolve));
  program.kill('SIGTERM');
  const killer = setTimeout(() => program.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(killer);
}

/** Serves the front end's files on a free port of 127.0.0.1 and returns its origin. */
async function serveFrontEnd(cleanUp: (task: () => void) => void): Promise<string> {
  const server = createServer((request, response) => {
    const name = /^\/([a-z]+\.(?:js|css))(?:\?|$)/.exec(request.url ?? '')?.[1] ?? 'index.html';
    response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? '', 'cache-control': 'no-store' });
    response.end(readFileSync(join(FRONT_END, name)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${portOf(server)}`;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front end is not served');
  return address.port;
}
