import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type Identity = { readonly uid: number; readonly gid: number };

/** Runs a program to its end and returns what it printed. Rejects with its error output. */
export async function run(
  program: string,
  args: readonly string[],
  options: { identity?: Identity | undefined; environment?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<string> {
  const { stdout } = await execute(program, [...args], {
    ...options.identity,
    cwd: '/',
    env: options.environment ?? process.env,
    timeout: options.timeoutMs ?? 60_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.trim();
}

/** Runs one line of shell, as a person would type it. */
export function runShell(line: string): Promise<string> {
  return run('/bin/sh', ['-c', line]);
}

/** The path of an executable in one of `folders` or on PATH, or undefined. */
export async function findProgram(name: string, folders: readonly string[] = []): Promise<string | undefined> {
  const searched = [...folders, ...(process.env.PATH ?? '').split(delimiter)];
  for (const folder of searched) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    ) {
      return path;
    }
  }
  return undefined;
}

/** A TCP port on 127.0.0.1 that nothing listens on right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** True when nothing listens on that port of 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Tries until it succeeds; after `limitMs` the last failure is thrown. */
export async function eventually<Result>(
  attempt: () => Promise<Result>,
  limitMs: number,
  pauseMs = 50,
): Promise<Result> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(pauseMs);
    }
  }
}
