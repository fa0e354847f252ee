import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One migration as it is on disk. */
export type Migration = {
  /** The file's name without .sql: what the ledger calls it. */
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
  /** False for a file that begins with `-- no-transaction`. */
  readonly transactional: boolean;
};

export const MIGRATIONS_FOLDER = join(import.meta.dirname, '../../../sql/migrations');

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** A migration file that cannot be used, with its name and the way out. */
export class MigrationFileError extends Error {
  constructor(file: string, problem: string, remedy: string) {
    super(`${file} ${problem}. ${remedy}`);
    this.name = 'MigrationFileError';
  }
}

/**
 * Reads every migration in order.
 * @throws {MigrationFileError} on a name that is not NNNN_words.sql, or a number used twice
 */
export function readMigrations(folder: string = MIGRATIONS_FOLDER): Migration[] {
  const numbers = new Map<string, string>();
  return readdirSync(folder)
    .filter((file) => !file.startsWith('.'))
    .sort()
    .map((file) => {
      const number = FILE_NAME.exec(file)?.[1];
      if (number === undefined) {
        throw new MigrationFileError(file, 'is not named like a migration', 'Name it NNNN_words.sql.');
      }
      const other = numbers.get(number);
      if (other !== undefined) {
        throw new MigrationFileError(file, `has the number of ${other}`, 'Give it the next free number.');
      }
      numbers.set(number, file);
      return readMigration(folder, file);
    });
}

function readMigration(folder: string, file: string): Migration {
  const sql = readFileSync(join(folder, file), 'utf8');
  return {
    name: file.slice(0, -'.sql'.length),
    sql,
    sha256: createHash('sha256').update(sql).digest('hex'),
    transactional: !/^--\s*no-transaction\b/.test(sql),
  };
}
