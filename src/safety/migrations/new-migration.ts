import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS_FOLDER, readMigrations } from './migration-files.ts';

const NAME = /^[a-z0-9]+(?:_[a-z0-9]+)*$/;

const TEMPLATE = `-- What changes, and why.
`;

/**
 * Makes the file for the next migration and returns its path. It holds a comment only, so that it cannot be run before
 * it is written.
 * @throws {Error} at a name that is not words_like_this
 */
export function createMigration(name: string, folder: string = MIGRATIONS_FOLDER): string {
  if (!NAME.test(name)) {
    throw new Error(`A migration is named in lower case with underscores, like add_views, not "${name}".`);
  }
  const newest = readMigrations(folder).at(-1)?.name ?? '0000';
  const number = String(Number.parseInt(newest, 10) + 1).padStart(4, '0');
  const path = join(folder, `${number}_${name}.sql`);
  writeFileSync(path, TEMPLATE, { flag: 'wx' });
  return path;
}
