import { spawn } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePort } from '../../src/throwaway/shell.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { temporaryFolder } from './folders.ts';
import { get, until } from './http.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A copy of this code that has one migration more: the next version, as a deployment would bring it. */
export function newerVersion(test: Test, migration: { readonly name: string; readonly sql: string }): string {
  const folder = temporaryFolder(test);
  for (const part of ['src', 'sql', 'package.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'sql/migrations', `${migration.name}.sql`), migration.sql);
  return folder;
}

/** Starts the program of another version and waits until its start-up checks are done. */
export async function startVersion(
  test: Test,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly origin: string }> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(folder, 'src/main.ts')], {
    cwd: '/',
    env: cleanEnvironment({ PORT: String(port), ...environment }),
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  test.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const origin = `http://127.0.0.1:${port}`;
  // With a schema that is not its own it never becomes ready, but it has ended its start-up checks.
  await until(
    'its start-up checks are over',
    async () => (await get(origin, '/readyz')).json.message !== 'starting or ending',
    30_000,
  );
  return { origin };
}
