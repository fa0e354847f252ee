import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import { cleanEnvironment } from './clean-environment.ts';

const ROOT = join(import.meta.dirname, '../..');

export type Ended = {
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as a person sees them. */
  readonly output: string;
};

export type RunOptions = {
  readonly environment?: Readonly<Record<string, string>>;
  /** The folder it runs in: one without .env unless told. */
  readonly folder?: string;
};

/** Runs a command of src/cli.ts to its end, as npm run does, in a clean environment. */
export function runCommand(test: Test, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return runProgram(test, join(ROOT, 'src/cli.ts'), args, options);
}

/** Runs any program of ours to its end. */
export function runProgram(
  test: Test,
  program: string,
  args: readonly string[],
  { environment = {}, folder = '/' }: RunOptions = {},
): Promise<Ended> {
  return untilEnded(test, process.execPath, [program, ...args], { environment, folder });
}

/** Runs `npm …` in this project to its end. */
export function runNpm(
  test: Test,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  return untilEnded(test, 'npm', args, { environment, folder: ROOT });
}

async function untilEnded(
  test: Test,
  program: string,
  args: readonly string[],
  { environment, folder }: Required<RunOptions>,
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: folder,
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  test.teardown(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      said[stream] += chunk.toString();
    });
  }
  // "close", unlike "exit", comes after the last words.
  const code = await new Promise<Ended['code']>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  return { code, ...said, output: said.stdout + said.stderr };
}
