import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { postgresFolders } from './postgres-folders.ts';
import { findProgram } from './shell.ts';

export type PostgresPrograms = { readonly initdb: string; readonly postgres: string };

/** Finds PostgreSQL's server programs, also where Debian and others keep them outside PATH. Newest first. */
export async function findPostgres(): Promise<PostgresPrograms | undefined> {
  const folders = await postgresFolders();
  const [initdb, postgres] = await Promise.all([findProgram('initdb', folders), findProgram('postgres', folders)]);
  return initdb === undefined || postgres === undefined ? undefined : { initdb, postgres };
}

/** A program of the same PostgreSQL, such as psql: the one beside initdb, before any on PATH. */
export async function findBeside(programs: PostgresPrograms, name: string): Promise<string | undefined> {
  return findProgram(name, [dirname(await realpath(programs.initdb))]);
}
