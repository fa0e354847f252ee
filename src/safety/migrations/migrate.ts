import { setTimeout as sleep } from 'node:timers/promises';
import { PG_MIGRATE_LOCK_ID } from 'node-pg-migrate';
import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { messageOf } from '../error-message.ts';
import { IMPORTED_SCHEMA_COMMENT } from '../imported-schema.ts';
import { applyMigration, MigrationFailed } from './apply.ts';
import { type BlockerWatch, watchBlockers } from './blockers.ts';
import {
  CHECKSUMS_TABLE,
  compareLedger,
  explainVerdict,
  MIGRATIONS_TABLE,
  protectLedger,
  readLedger,
} from './ledger.ts';
import { MIGRATIONS_FOLDER, type Migration, readMigrations } from './migration-files.ts';
import { validateMigrations } from './validate.ts';

/** The ledger and the files do not belong together; migrating would not mend it. */
export class MigrationRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MigrationRefused';
  }
}

export type MigrateOptions = {
  readonly folder?: string;
  /** Is called before the first migration of a database that has tables; when it fails, nothing is migrated. */
  readonly backUp?: () => Promise<unknown>;
  /** The server's role: it gets to read the ledger only, also when nothing is pending. */
  readonly serverRole?: string;
};

/** Of the migrator's own connection: whatever the role's limits are, and whoever is gone is noticed. */
export const MIGRATOR_SESSION = {
  search_path: 'public',
  statement_timeout: '0',
  // It is idle while the backup is taken.
  idle_session_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  client_connection_check_interval: '1s',
};

/**
 * Applies every pending migration, each in a transaction of its own together with its checksum.
 * Returns the names of those applied.
 * @throws {MigrationsInvalid} when a pending file is not what a migration should be
 * @throws {MigrationRefused} when ledger and files do not belong together
 * @throws {MigrationFailed} when PostgreSQL refuses one; those before it stay applied
 */
export async function migrate(
  address: DatabaseAddress,
  progress: (sentence: string) => void,
  { folder = MIGRATIONS_FOLDER, backUp, serverRole }: MigrateOptions = {},
): Promise<string[]> {
  const files = readMigrations(folder);
  return withConnection(
    address,
    async (client) => {
      await lockOutOthers(client, progress);
      const pending = await findPending(client, files);
      if (pending.length > 0) {
        await validateMigrations(pending);
        if (backUp !== undefined && (await findTable(client, { imported: true })) !== undefined) {
          await backUp().catch(explainNoBackup);
        }
        for (const migration of pending) await applyWithRetries(address, client, migration, progress);
      }
      if (serverRole !== undefined) await protectLedger(client, serverRole);
      return pending.map(({ name }) => name);
    },
    MIGRATOR_SESSION,
  );
}

function explainNoBackup(error: unknown): never {
  const reason = messageOf(error);
  throw new MigrationRefused(
    `No backup could be taken, so nothing was migrated: ${reason} Mend that and run it again; ` +
      'or, if all that is in the database may be lost: npm run migrate -- --without-backup',
  );
}

const OTHER_MIGRATOR_LIMIT_MS = 60_000;

/** Takes the lock that node-pg-migrate knows, for as long as the connection lives; a killed migrator leaves none. */
async function lockOutOthers(client: Client, progress: (sentence: string) => void): Promise<void> {
  const deadline = Date.now() + OTHER_MIGRATOR_LIMIT_MS;
  let told = false;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
      PG_MIGRATE_LOCK_ID,
    ]);
    if (rows[0]?.locked === true) return;
    if (Date.now() > deadline) {
      throw new MigrationRefused(
        'Another migrator is still at work after a minute. Wait for its end and run it again.',
      );
    }
    if (!told) progress('Another migrator is at work; waiting for it.');
    told = true;
    await sleep(250);
  }
}

/** Which of the files are still to be applied. @throws {MigrationRefused} when that cannot be said */
export async function findPending(client: Client, files: readonly Migration[]): Promise<readonly Migration[]> {
  const ledger = await readLedger(client);
  const verdict = compareLedger(files, ledger);
  switch (verdict.state) {
    case 'current':
      return [];
    case 'missing': {
      const table = await findTable(client, { imported: false });
      if (table !== undefined) {
        throw new MigrationRefused(
          `The database has tables (${table}) but no ledger of migrations: it is another application’s, or its ledger ` +
            `(${MIGRATIONS_TABLE}) was dropped. Name an empty database, or restore this one: npm run restore -- latest`,
        );
      }
      return files;
    }
    case 'behind':
      return files.filter(({ name }) => verdict.migrations.includes(name));
    default:
      throw new MigrationRefused(explainVerdict(verdict));
  }
}

/**
 * The quoted name of a table in any schema; undefined where there is none. The ledger and what extensions brought do not
 * count, and what `npm run import:sqlite` made only if `imported`.
 */
async function findTable(client: Client, { imported }: { imported: boolean }): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name
     from pg_class
     join pg_namespace on pg_namespace.oid = relnamespace
     where relkind in ('r', 'p') and nspname !~ '^pg_' and nspname <> 'information_schema'
       and not (nspname = 'public' and relname = any ($1))
       and ($2 or obj_description(relnamespace, 'pg_namespace') is distinct from $3)
       and not exists (
         select from pg_depend
         where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
       )
     order by nspname <> 'public', name
     limit 1`,
    [[MIGRATIONS_TABLE, CHECKSUMS_TABLE], imported, IMPORTED_SCHEMA_COMMENT],
  );
  return rows[0]?.name;
}

/** Pauses between attempts at a migration that met a lock, in milliseconds. */
const RETRY_PAUSES_MS = [500, 1000, 2000];

/** What another session's locks end a migration with; nothing of it was applied. */
const IN_THE_WAY = ['55P03', '40P01', '40001'];

async function applyWithRetries(
  address: DatabaseAddress,
  client: Client,
  migration: Migration,
  progress: (sentence: string) => void,
): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const watch = watchBlockers(address, rows[0]?.pid ?? 0, progress);
  try {
    for (const pause of [...RETRY_PAUSES_MS, undefined]) {
      progress(`Applying ${migration.name}`);
      const startedAt = performance.now();
      try {
        await applyMigration(client, migration, progress);
        progress(`Applied ${migration.name} in ${Math.round(performance.now() - startedAt)} ms`);
        return;
      } catch (error) {
        if (!(error instanceof MigrationFailed) || !IN_THE_WAY.includes(error.code ?? '')) throw error;
        if (pause === undefined) throw explainLock(error, watch);
        progress(`It met a lock; trying again in ${pause} ms`);
        await sleep(pause);
      }
    }
  } finally {
    await watch.stop();
  }
}

function explainLock(error: MigrationFailed, watch: BlockerWatch): Error {
  const blocker = watch.seen();
  if (blocker === undefined) return error;
  return new Error(
    `${error.message} In its way was ${blocker.words}. Wait until it has ended, or end it ` +
      `(select pg_terminate_backend(${blocker.pid})), and run: npm run migrate`,
    { cause: error },
  );
}
