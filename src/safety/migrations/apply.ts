import { runner } from 'node-pg-migrate';
import { type Client, DatabaseError } from 'pg';
import { messageOf } from '../error-message.ts';
import { prepareRepetition } from './invalid-indexes.ts';
import { CREATE_CHECKSUMS_TABLE, MIGRATIONS_TABLE, noteChecksum } from './ledger.ts';
import { MIGRATIONS_FOLDER, type Migration } from './migration-files.ts';
import { parseStatements } from './sql-statements.ts';

/**
 * Short within a transaction, because everybody else waits behind it. Long outside of one: what runs there stands in
 * nobody's way, and giving up would leave an invalid index.
 */
const LOCK_TIMEOUT = { transactional: '2s', otherwise: '10min' };

/** PostgreSQL refused a migration. The message names the file and the line. */
export class MigrationFailed extends Error {
  /** SQLSTATE, where PostgreSQL answered at all. */
  readonly code: string | undefined;

  constructor(migration: Migration, cause: unknown) {
    // node-pg-migrate puts the stack of what it met into its message.
    const reason = messageOf(cause).replace(/\n\s+at .*/g, '');
    super(`${migration.name}.sql${lineOf(migration, cause)} failed: ${reason}. ${afterwards(migration, cause)}`, {
      cause,
    });
    this.name = 'MigrationFailed';
    this.code = cause instanceof DatabaseError ? cause.code : undefined;
  }
}

function afterwards({ transactional }: Migration, cause: unknown): string {
  if (!transactional) return 'It runs outside a transaction: what it left is cleared away when it is run again.';
  // A connection that was lost may have been lost after the commit.
  if (!(cause instanceof DatabaseError)) return 'npm run migrate -- status says whether it was applied.';
  return 'Nothing of it was applied.';
}

function lineOf({ sql, transactional }: Migration, cause: unknown): string {
  if (!transactional || !(cause instanceof DatabaseError) || cause.position === undefined) return '';
  return `, line ${sql.slice(0, Number(cause.position) - 1).split('\n').length},`;
}

/**
 * Applies one migration and notes it in the ledger: in one transaction, or statement by statement where the file says
 * `-- no-transaction`. The caller holds the migrators' lock and has compared ledger and files. `lastly` is SQL that
 * runs at the end, in the same transaction.
 * @throws {MigrationFailed}
 */
export async function applyMigration(
  client: Client,
  migration: Migration,
  progress: (sentence: string) => void,
  lastly: readonly string[] = [],
): Promise<void> {
  try {
    // A migration may have changed the session for itself; the next one starts from the connection's own settings.
    await client.query('reset role; reset all');
    await client.query("select set_config('lock_timeout', $1, false)", [
      migration.transactional ? LOCK_TIMEOUT.transactional : LOCK_TIMEOUT.otherwise,
    ]);
    if (!migration.transactional) await prepareRepetition(client, migration, progress);
    const steps = migration.transactional
      ? [migration.sql]
      : (await parseStatements(migration.sql)).map(({ sql }) => sql);
    await runner({
      dbClient: client,
      dir: MIGRATIONS_FOLDER,
      migrationsTable: MIGRATIONS_TABLE,
      migrationsSchema: 'public',
      direction: 'up',
      singleTransaction: false,
      noLock: true,
      checkOrder: false,
      migrationLoaderStrategies: [{ extensions: ['.sql'], loader: loaderOf(migration, [...steps, ...lastly]) }],
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw new MigrationFailed(migration, error);
  }
}

/** Gives node-pg-migrate the very text that was checked, with its checksum in the same transaction. */
function loaderOf(migration: Migration, steps: readonly string[]) {
  return async () => [
    {
      id: `${migration.name}.sql`,
      filePaths: [`${migration.name}.sql`],
      actions: {
        up: (pgm: { sql(text: string): void; noTransaction(): void }) => {
          if (!migration.transactional) pgm.noTransaction();
          for (const step of [...steps, CREATE_CHECKSUMS_TABLE, noteChecksum(migration)]) pgm.sql(step);
        },
        down: false as const,
      },
    },
  ];
}
