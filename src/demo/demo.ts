import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DatabaseConfig, loadConfig } from '../config/config.ts';
import { migrate } from '../safety/migrations/migrate.ts';
import { seedSample } from '../safety/seed.ts';
import { SERVER_COMMAND } from '../server-command.ts';
import { ServersUnavailable } from '../throwaway/server.ts';
import { startServers, type ThrowawayServers } from '../throwaway/servers.ts';
import { eventually, isPortFree } from '../throwaway/shell.ts';
import { removeAbandoned, SERVER_PID_FILE } from '../throwaway/workspace.ts';
import { printInstead } from '../usage.ts';
import { guide } from './guide.ts';
import { readOptions } from './options.ts';

const PRETTY = join(import.meta.dirname, '../../node_modules/pino-pretty/bin.js');
/** What an abandoned demo's server takes to be gone, once it is killed. */
const FREE_LIMIT_MS = 1000;
const READY_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 12_000;

/** A throwaway trial: real servers of its own, the real program, the sample blog. Leaves nothing behind. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if ('print' in options) {
    process.exitCode = printInstead(options);
    return;
  }
  const { port } = options;
  let servers: ThrowawayServers | undefined;
  let server: ChildProcess | undefined;
  const stopRequested = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stopRequested.abort());
  }
  // Whoever watched is gone (a closed pipe): end in order instead of by an unhandled error.
  const watcherGone = () => stopRequested.abort();
  for (const stream of [process.stdout, process.stderr]) stream.on('error', watcherGone);
  const startedAt = performance.now();
  const stopIfAsked = () => stopRequested.signal.throwIfAborted();
  try {
    removeAbandoned();
    await eventually(() => refuseTakenPort(port), FREE_LIMIT_MS);
    say('Starting a PostgreSQL and a Redis of its own, on free ports …');
    servers = await startServers({ purpose: 'demo', progress: (sentence) => say(`  ${sentence}`) });
    stopIfAsked();
    const environment = demoEnvironment(servers, port);
    await prepareDatabase(loadConfig(environment).database);
    stopIfAsked();
    const origin = `http://127.0.0.1:${port}`;
    server = startServer(environment, servers.folder, watcherGone);
    await untilReady(origin, server, stopRequested.signal);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(guide({ origin, servers, demoPid: process.pid, seconds }));
    await untilStopped(servers, server, stopRequested.signal);
  } catch (error) {
    if (!stopRequested.signal.aborted) {
      process.exitCode = 1;
      console.error(error instanceof ServersUnavailable || error instanceof Error ? error.message : error);
    }
  } finally {
    if (servers !== undefined) say('Stopping, and removing everything the demo made …');
    await stopServer(server);
    await servers?.remove();
  }
}

async function refuseTakenPort(port: number): Promise<void> {
  if (await isPortFree(port)) return;
  throw new Error(`Port ${port} is taken. Stop what listens there, or choose another: PORT=8001 npm run demo`);
}

/** Only PORT, HOST and LOG_LEVEL of the caller's settings count: the demo must never touch a database of theirs. */
function demoEnvironment(servers: ThrowawayServers, port: number): NodeJS.ProcessEnv {
  const { PATH, HOME, HOST = '127.0.0.1', LOG_LEVEL = 'info' } = process.env;
  return {
    ...(PATH !== undefined && { PATH }),
    ...(HOME !== undefined && { HOME }),
    PORT: String(port),
    HOST,
    LOG_LEVEL,
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
    JWT_SECRET: randomBytes(32).toString('hex'),
  };
}

async function prepareDatabase(database: DatabaseConfig): Promise<void> {
  await migrate(database, (sentence) => say(`  ${sentence}`));
  await seedSample(database);
  say('  Loaded the sample blog');
}

function startServer(environment: NodeJS.ProcessEnv, folder: string, watcherGone: () => void): ChildProcess {
  // In a session of its own, so that Ctrl-C reaches only the demo, which then ends everything in order. In the
  // throwaway folder, so that no .env of the caller's is read.
  const server = spawn(process.execPath, SERVER_COMMAND.arguments, {
    cwd: folder,
    env: { ...environment, ...SERVER_COMMAND.environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  writeFileSync(join(folder, SERVER_PID_FILE), String(server.pid));
  const pretty = spawn(process.execPath, [PRETTY, '--ignore', 'pid,hostname,reqId', '--singleLine'], {
    detached: true,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  pretty.stdin.on('error', watcherGone);
  server.stdout?.pipe(pretty.stdin);
  return server;
}

async function untilReady(origin: string, server: ChildProcess, stop: AbortSignal): Promise<void> {
  await eventually(async () => {
    if (stop.aborted || server.exitCode !== null) return;
    const answer = await fetch(`${origin}/readyz`, { signal: AbortSignal.any([stop, AbortSignal.timeout(1000)]) });
    if (!answer.ok) throw new Error(`The server did not become ready: ${await answer.text()}`);
  }, READY_LIMIT_MS);
  stop.throwIfAborted();
  if (server.exitCode !== null) throw new Error('The server ended; what it said is above.');
}

/** SIGUSR2 brings a killed PostgreSQL or Redis back. When the server itself ends, so does the demo. */
function untilStopped(servers: ThrowawayServers, server: ChildProcess, stop: AbortSignal): Promise<void> {
  process.on('SIGUSR2', () => {
    say('Starting PostgreSQL and Redis where they are not running …');
    Promise.all([servers.postgres.start(), servers.redis.start()]).then(
      () => say('Both run.'),
      (error: unknown) => say(error instanceof Error ? error.message : String(error)),
    );
  });
  return new Promise((resolve, reject) => {
    stop.addEventListener('abort', () => resolve());
    server.once('exit', (code) => reject(new Error(`The server ended with exit code ${code}.`)));
    if (stop.aborted) resolve();
  });
}

async function stopServer(server: ChildProcess | undefined): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const killer = setTimeout(() => server.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(killer);
}

function say(sentence: string): void {
  console.log(sentence);
}

await main();
process.exit();
