import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_COMMAND } from '../server-command.ts';
import { eventually } from '../throwaway/shell.ts';
import { sightingOf } from './load/watcher.ts';

const READY_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 12_000;
const LOG_TAIL = 1500;

/** One real server process of Steadfast. */
export type Instance = {
  readonly origin: string;
  readonly process: ChildProcess;
  /** How it ended, in words; undefined while it runs. */
  ended(): string | undefined;
  /** The end of what it logged, for whoever has to find out why. */
  logTail(): string;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
};

/**
 * Starts the program as a person would, in `folder` so that no .env of the caller's is read, and waits until it says
 * that all is well, or that all but something it was started without is.
 */
export async function startInstance(
  folder: string,
  port: number,
  settings: Readonly<Record<string, string>>,
  awaited: 'healthy' | 'degraded' = 'healthy',
): Promise<Instance> {
  const logFile = join(folder, `steadfast-${port}.log`);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, SERVER_COMMAND.arguments, {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      ...SERVER_COMMAND.environment,
      ...settings,
    },
    // In a session of its own, so that Ctrl-C reaches only the drill.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  // By this a later run finds it, should the drill be killed and leave it behind: see throwaway/workspace.ts.
  writeFileSync(join(folder, `steadfast-${port}.pid`), String(child.pid));
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ended = () => {
    if (child.signalCode !== null) return `ended by ${child.signalCode}`;
    return child.exitCode === null ? undefined : `ended with exit code ${child.exitCode}`;
  };
  const instance: Instance = {
    origin: `http://127.0.0.1:${port}`,
    process: child,
    ended,
    logTail: () => readFileSync(logFile, 'utf8').slice(-LOG_TAIL),
    stop: async () => {
      if (ended() !== undefined) return;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await exit;
      clearTimeout(killer);
    },
  };
  try {
    await eventually(async () => {
      const { health, message } = ended() === undefined ? await sightingOf(instance.origin, 0) : GONE;
      if (health === 'gone') return;
      if (health !== awaited) throw new Error(`Steadfast did not become ${awaited}: ${message}`);
    }, READY_LIMIT_MS);
    if (ended() !== undefined) throw new Error(`Steadfast ${ended()}:\n${instance.logTail()}`);
    return instance;
  } catch (error) {
    await instance.stop();
    throw error;
  }
}

const GONE = { health: 'gone', message: '' } as const;
