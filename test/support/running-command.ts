import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import { cleanEnvironment } from './clean-environment.ts';
import { until } from './http.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');

/** A command of src/cli.ts that a test may interrupt. */
export type RunningCommand = {
  readonly process: ChildProcess;
  /** What it has said so far. */
  readonly output: () => string;
  /** Resolves when it has said that. */
  readonly says: (words: RegExp) => Promise<void>;
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
};

/** Starts a command as npm run does, in a clean environment. It is killed when the test ends. `cli` is another version's. */
export function startCommand(
  test: Test,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cli = CLI,
): RunningCommand {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: '/',
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );
  test.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    process: child,
    output: () => said,
    ended,
    says: async (words) => {
      let over = false;
      void ended.then(() => {
        over = true;
      });
      await until(
        `it says ${words}`,
        () => {
          if (over && !words.test(said)) throw new Error(`it ended: ${said}`);
          return words.test(said);
        },
        30_000,
      );
    },
  };
}
