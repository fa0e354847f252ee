import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram } from './shell.ts';

export type PostgresPrograms = { readonly initdb: string; readonly postgres: string };

/** Finds PostgreSQL's server programs, also where Debian and others keep them outside PATH. Newest first. */
export async function findPostgres(): Promise<PostgresPrograms | undefined> {
  const folders: string[] = [];
  for (const [root, suffix] of [
    ['/usr/lib/postgresql', 'bin'],
    ['/usr/local/lib/postgresql', 'bin'],
    ['/opt/homebrew/opt', 'bin'],
    ['/Applications/Postgres.app/Contents/Versions', 'bin'],
  ] as const) {
    const versions = await readdir(root).catch(() => []);
    versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    folders.push(...versions.map((version) => join(root, version, suffix)));
  }
  folders.push(...(await readdir('/usr').catch(() => [])).filter(isVersioned).map((name) => `/usr/${name}/bin`));
  const [initdb, postgres] = await Promise.all([findProgram('initdb', folders), findProgram('postgres', folders)]);
  return initdb === undefined || postgres === undefined ? undefined : { initdb, postgres };
}

const isVersioned = (name: string) => /^pgsql-\d+$/.test(name);

/** A program of the same PostgreSQL, such as psql: the one beside initdb, before any on PATH. */
export async function findBeside(programs: PostgresPrograms, name: string): Promise<string | undefined> {
  return findProgram(name, [dirname(await realpath(programs.initdb))]);
}
