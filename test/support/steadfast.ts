import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { SERVER_COMMAND } from '../../src/server-command.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { until } from './http.ts';

const READY_LIMIT_MS = 60_000;

export type LogLine = Record<string, unknown> & { readonly level: number; readonly msg: string };

/** The real program, started as a person would start it, on a free port. */
export type RunningSteadfast = {
  readonly origin: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** What it has logged so far. */
  readonly log: readonly LogLine[];
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  stop(): Promise<void>;
};

export type Environment = Readonly<Record<string, string>>;

/** A clean environment: nothing of the caller's settings, and a folder without .env. */
function launch(environment: Environment): ChildProcess {
  return spawn(process.execPath, SERVER_COMMAND.arguments, {
    cwd: '/',
    env: cleanEnvironment({ PORT: '0', ...SERVER_COMMAND.environment, ...environment }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
}

/** Starts Steadfast and waits until its start-up checks are done. It is stopped when the test ends. */
export async function startSteadfast(test: Test, environment: Environment): Promise<RunningSteadfast> {
  const child = launch(environment);
  const ended = endOf(child);
  const log: LogLine[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const listening = new Promise<string>((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as LogLine;
      log.push(line);
      const address = /listening at (http:\S+)/.exec(line.msg)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 12_000);
    await ended;
    clearTimeout(killer);
  };
  test.teardown(stop);
  const origin = await Promise.race([
    listening,
    ended.then((code) => {
      throw new Error(`Steadfast ended with ${code} instead of starting:\n${errors}`);
    }),
  ]);
  // Ready, or not for want of servers or a schema: either way the start-up checks are over then, and logged.
  await until('the start-up checks are over', () => log.some(({ msg }) => msg.startsWith('ready')), READY_LIMIT_MS);
  return { origin, port: Number(new URL(origin).port), process: child, log, ended, stop };
}

/** Starts Steadfast where it is expected to refuse, and returns what it said. */
export async function runToEnd(
  test: Test,
  environment: Environment,
): Promise<{ code: number | NodeJS.Signals | null; stderr: string; stdout: string }> {
  const child = launch(environment);
  test.teardown(() => child.kill('SIGKILL'));
  let stderr = '';
  let stdout = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const code = await endOf(child);
  return { code, stderr, stdout };
}
