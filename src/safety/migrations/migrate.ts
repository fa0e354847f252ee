import { setTimeout as sleep } from 'node:timers/promises';
import { runner } from 'node-pg-migrate';
import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { CHECKSUMS_TABLE, compareLedger, explainVerdict, MIGRATIONS_TABLE, readLedger } from './ledger.ts';
import { MIGRATIONS_FOLDER, type Migration, readMigrations } from './migration-files.ts';

const LOCK_PARAMETERS = { lock_timeout: '2s' };
const OTHER_MIGRATOR = /Another migration is already running/;
const OTHER_MIGRATOR_LIMIT_MS = 60_000;

/** The ledger and the files do not belong together; migrating would not mend it. */
export class MigrationRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MigrationRefused';
  }
}

/**
 * Applies every pending migration, each in a transaction of its own together with its checksum.
 * Returns the names of those applied.
 * @throws {MigrationRefused} when an applied file was edited or the database is ahead of the code
 */
export async function migrate(
  address: DatabaseAddress,
  progress: (sentence: string) => void,
  folder: string = MIGRATIONS_FOLDER,
): Promise<string[]> {
  const files = readMigrations(folder);
  return withConnection(
    address,
    async (client) => {
      const verdict = compareLedger(files, await readLedger(client));
      if (verdict.state === 'edited' || verdict.state === 'ahead') {
        throw new MigrationRefused(explainVerdict(verdict));
      }
      if (verdict.state === 'current') return [];
      return applyPending(client, files, folder, progress);
    },
    LOCK_PARAMETERS,
  );
}

async function applyPending(
  client: Client,
  files: readonly Migration[],
  folder: string,
  progress: (sentence: string) => void,
): Promise<string[]> {
  const deadline = Date.now() + OTHER_MIGRATOR_LIMIT_MS;
  for (;;) {
    try {
      const applied = await runner({
        dbClient: client,
        dir: folder,
        migrationsTable: MIGRATIONS_TABLE,
        migrationsSchema: 'public',
        direction: 'up',
        singleTransaction: false,
        advisoryLockMode: 'fail',
        migrationLoaderStrategies: [{ extensions: ['.sql'], loader: loaderFor(files) }],
        logger: {
          debug: () => {},
          info: (message) => reportStart(String(message), progress),
          warn: () => {},
          error: (message) => progress(String(message)),
        },
      });
      return applied.map(({ name }) => name);
    } catch (error) {
      if (!(error instanceof Error && OTHER_MIGRATOR.test(error.message)) || Date.now() > deadline) throw error;
      progress('Another migration is running; waiting for it.');
      await sleep(1000);
    }
  }
}

function reportStart(message: string, progress: (sentence: string) => void): void {
  const name = /^### MIGRATION (\S+) \(UP\)/.exec(message)?.[1];
  if (name !== undefined) progress(`Applying ${name}`);
}

/** Gives node-pg-migrate the very text that was checked, with its checksum in the same transaction. */
function loaderFor(files: readonly Migration[]) {
  const byName = new Map(files.map((file) => [file.name, file]));
  return async (filePaths: string[]) =>
    filePaths.map((path) => {
      const name = path.replace(/^.*\/|\.sql$/g, '');
      const migration = byName.get(name);
      if (migration === undefined) throw new Error(`${path} appeared while migrating. Run it again.`);
      return {
        id: path,
        filePaths: [path],
        actions: {
          up: (pgm: { sql(text: string): void; noTransaction(): void }) => {
            if (!migration.transactional) pgm.noTransaction();
            pgm.sql(migration.sql);
            pgm.sql(
              `create table if not exists public.${CHECKSUMS_TABLE} (
                 name   text not null constraint ${CHECKSUMS_TABLE}_pkey primary key,
                 sha256 text not null
               )`,
            );
            pgm.sql(
              `insert into public.${CHECKSUMS_TABLE} (name, sha256)
               values ('${migration.name}', '${migration.sha256}')
               on conflict (name) do update set sha256 = excluded.sha256`,
            );
          },
          down: false as const,
        },
      };
    });
}
