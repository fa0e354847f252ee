import type { Client } from 'pg';
import type { Config } from '../config/config.ts';
import { ownerAddress } from '../config/owner-address.ts';
import { presentTime } from './backups/clock.ts';
import { READING_PARAMETERS, readTables } from './backups/contents.ts';
import type { TableFigures } from './backups/manifest.ts';
import { restoreInto } from './backups/restore-into.ts';
import { rowHashOf } from './backups/row-hash.ts';
import { findBackup } from './backups/store.ts';
import { withScratchDatabase } from './backups/temporary-database.ts';
import { withConnection } from './connection.ts';
import { applyMigration } from './migrations/apply.ts';
import { findPending, MIGRATOR_SESSION } from './migrations/migrate.ts';
import { type Migration, readMigrations } from './migrations/migration-files.ts';
import { describeSchema, type SchemaDescription } from './migrations/schema-description.ts';
import { validateMigrations } from './migrations/validate.ts';

/** The strongest lock a migration held on a table that was there before, at its end. */
export type HeldLock = { readonly table: string; readonly mode: string };

export type RehearsedMigration = {
  readonly name: string;
  readonly durationMs: number;
  /** None for a migration outside a transaction, which keeps none. */
  readonly locks: readonly HeldLock[];
};

/** What migrating the newest backup did. */
export type Rehearsal = {
  readonly backup: string;
  readonly takenAt: Date;
  readonly migrations: readonly RehearsedMigration[];
  readonly rowsBefore: readonly TableFigures[];
  readonly rowsAfter: readonly TableFigures[];
  readonly schemaBefore: SchemaDescription;
  readonly schemaAfter: SchemaDescription;
};

/**
 * Restores the newest backup beside the database, applies what is pending there, and tells what that took and changed.
 * The configured database is not touched; the scratch database is dropped on every exit.
 * @throws {MigrationFailed} by the file and line, when it would fail
 */
export async function rehearse(
  config: Pick<Config, 'database' | 'backups'>,
  progress: (sentence: string) => void,
  folder?: string,
): Promise<Rehearsal> {
  const owner = ownerAddress(config.database);
  const now = await presentTime(owner);
  const latest = { now, passedOver: 'pre-restore', progress } as const;
  const backup = await findBackup(config.backups.folder, owner.name, 'latest', latest);
  const files = readMigrations(folder);
  const { manifest } = backup;
  return withScratchDatabase(owner, { manifest, progress }, async (scratch, signal) => {
    const restored = await restoreInto(scratch, backup, { progress, signal });
    return withConnection(
      scratch,
      async (client) => {
        const pending = await findPending(client, files);
        await validateMigrations(pending);
        const schemaBefore = await describeSchema(client);
        const migrations: RehearsedMigration[] = [];
        for (const migration of pending) {
          progress(`Applying ${migration.name}`);
          migrations.push(await rehearseOne(client, migration, schemaBefore, progress));
        }
        progress('Comparing every table with what it was');
        return {
          backup: backup.name,
          takenAt: new Date(backup.manifest.takenAt),
          migrations,
          rowsBefore: restored.tables,
          rowsAfter: await withConnection(
            scratch,
            (reader) => readTables(reader, { hash: rowHashOf(manifest.contents) }),
            READING_PARAMETERS,
          ),
          schemaBefore,
          schemaAfter: await describeSchema(client),
        };
      },
      MIGRATOR_SESSION,
    );
  });
}

/** Looks at the locks as the last thing within the migration's transaction, where all of them are held. */
const NOTE_LOCKS = [
  'create temporary table if not exists rehearsed_locks (name text, mode text)',
  `insert into pg_temp.rehearsed_locks
   select relname, mode
   from pg_locks join pg_class on pg_class.oid = relation
   where pid = pg_backend_pid() and relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`,
];

/** By strength, weakest first. */
const LOCK_MODES = [
  ...['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock'],
  ...['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'],
];

async function rehearseOne(
  client: Client,
  migration: Migration,
  schemaBefore: SchemaDescription,
  progress: (sentence: string) => void,
): Promise<RehearsedMigration> {
  const startedAt = performance.now();
  await applyMigration(client, migration, progress, migration.transactional ? NOTE_LOCKS : []);
  const durationMs = performance.now() - startedAt;
  if (!migration.transactional) return { name: migration.name, durationMs, locks: [] };
  const { rows } = await client.query<{ name: string; mode: string }>(
    `select name, (array_agg(mode order by array_position($1, mode) desc))[1] as mode
     from pg_temp.rehearsed_locks
     group by name
     order by name`,
    [LOCK_MODES],
  );
  await client.query('drop table pg_temp.rehearsed_locks');
  const locks = rows
    .filter(({ name }) => schemaBefore.has(`table ${name}`))
    .map(({ name, mode }) => ({ table: name, mode }));
  return { name: migration.name, durationMs, locks };
}
