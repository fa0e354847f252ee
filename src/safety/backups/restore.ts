import type { Config } from '../../config/config.ts';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { withConnection } from '../connection.ts';
import { namesOf } from '../migrations/compare-schema.ts';
import { inspectSchema, readExpectedSchema, type SchemaReport, UNHURRIED } from '../migrations/inspect-schema.ts';
import { compareLedger, type LedgerVerdict } from '../migrations/ledger.ts';
import { migrate } from '../migrations/migrate.ts';
import { readMigrations } from '../migrations/migration-files.ts';
import { presentTime } from './clock.ts';
import { copyProperties } from './database-properties.ts';
import { recordBackups, resetSchedule } from './history.ts';
import { nameForReplaced } from './kept-databases.ts';
import { databaseNames, maintenanceAddress } from './maintenance.ts';
import { refuseOlderServer, restoreInto } from './restore-into.ts';
import { diskWithRoom, restoredBytes } from './room.ts';
import { hashesAsBackup } from './row-hash.ts';
import { readServerFacts } from './server-facts.ts';
import { withLock } from './sessions.ts';
import { type Backup, checkDump, findBackup } from './store.ts';
import { swapDatabases } from './swap.ts';
import { takeBackup } from './take.ts';
import { withTemporaryDatabase } from './temporary-database.ts';

/** What a restore would do. */
export type RestorePlan = {
  readonly backup: Backup;
  /** False where no database of the configured name exists: then nothing is replaced. */
  readonly replaces: boolean;
  /** Migrations that will bring it to this code's schema, oldest first. */
  readonly pending: readonly string[];
  /** False where the server hashes rows in another way than that of the backup: then they can only be counted. */
  readonly comparesRows: boolean;
};

type RestoreConfig = Pick<Config, 'database' | 'backups'>;

const OTHERWISE = 'If the room is enough all the same: --without-room-check goes on, and may fill that disk.';

/**
 * Looks at a backup and at what is there, and changes nothing. `meant` is `latest`, a name or a path.
 * @throws {BackupDamaged} or {Error} when it cannot or must not be restored
 */
export async function planRestore(
  { database, backups }: RestoreConfig,
  meant: string,
  { withoutRoomCheck = false, progress }: Partial<Pick<RestoreOptions, 'withoutRoomCheck' | 'progress'>> = {},
): Promise<RestorePlan> {
  const address = ownerAddress(database);
  // What a restore was to replace is the last thing meant: `latest` after a killed restore is still the same backup.
  const backup = await findBackup(backups.folder, database.name, meant, {
    now: await presentTime(address),
    passedOver: 'pre-restore',
    ...(progress && { progress }),
  });
  const verdict = compareLedger(readMigrations(), backup.manifest.schema.migrations);
  refuseUnlessMigratable(backup, verdict);
  await checkDump(backup);
  // Also what follows is asked before the present is backed up, which every attempt would do anew.
  if (!withoutRoomCheck) await diskWithRoom(address, restoredBytes(backup.manifest), OTHERWISE);
  const server = await withConnection(maintenanceAddress(address), async (client) => {
    refuseOlderServer(address, (await readServerFacts(client)).majorVersion, backup);
    return {
      names: await databaseNames(client),
      comparesRows: await hashesAsBackup(client, backup.manifest.contents),
    };
  });
  return {
    backup,
    replaces: server.names.includes(database.name),
    comparesRows: server.comparesRows,
    pending: verdict.state === 'behind' ? verdict.migrations : [],
  };
}

function refuseUnlessMigratable({ name, manifest }: Backup, verdict: LedgerVerdict): void {
  switch (verdict.state) {
    case 'current':
    case 'behind':
      return;
    case 'missing':
      throw new Error(
        `The backup ${name} has no schema of Steadfast in it. Name another one: npm run backup -- --list`,
      );
    case 'ahead':
      throw new Error(
        `The backup ${name} is newer than this code: it has ${verdict.migrations.join(', ')}. Deploy the code it was ` +
          `taken with (its schema is ${manifest.schema.version}) and restore with that.`,
      );
    default:
      throw new Error(
        `The backup ${name} was taken with other migrations than this code has: ${verdict.migrations.join(', ')} ` +
          'differ. Restore with the code it was taken with.',
      );
  }
}

export type RestoreOptions = {
  /** Goes on without a backup of the present. */
  readonly withoutBackupFirst: boolean;
  /** Goes on although the disk of PostgreSQL may be too small, and then full. */
  readonly withoutRoomCheck?: boolean;
  readonly progress: (sentence: string) => void;
};

/**
 * Restores a backup beside the present database, proves it, and only then puts it in its place. Returns the name under
 * which the present one is kept. Killed at any moment, the old or the new one is served, and it can be run again.
 * @throws {Error} and the present database is untouched
 */
export function restore(
  config: RestoreConfig,
  { backup, replaces }: RestorePlan,
  { withoutBackupFirst, withoutRoomCheck = false, progress }: RestoreOptions,
): Promise<string | undefined> {
  const address = ownerAddress(config.database);
  return alone(address, async () => {
    if (replaces && !withoutBackupFirst) await backUpFirst(config, progress);
    const { manifest } = backup;
    const temporary = { manifest, progress, withoutRoomCheck, otherwise: OTHERWISE };
    return withTemporaryDatabase(address, 'restore', temporary, async (incoming, signal) => {
      await restoreInto(incoming, backup, { progress, signal });
      if (replaces) await copyProperties(address, { from: address.name, to: incoming.name, signal, progress });
      await prepare(config, incoming, backup, progress);
      signal.throwIfAborted();
      const kept = replaces
        ? await withConnection(maintenanceAddress(address), (client) =>
            nameForReplaced(client, address.name, 'before_restore'),
          )
        : undefined;
      progress('Swapping');
      await swapDatabases(address, { current: address.name, incoming: incoming.name, kept });
      return kept;
    });
  });
}

/** One restore at a time, whoever starts them from wherever. */
export function alone<Result>(address: DatabaseAddress, work: () => Promise<Result>): Promise<Result> {
  const onHeld = () => {
    throw new Error(`Another restore of ${address.name} is under way. Wait for its end.`);
  };
  return withLock(maintenanceAddress(address), { key: `restore of ${address.name}`, onHeld }, work);
}

async function backUpFirst(config: RestoreConfig, progress: (sentence: string) => void): Promise<void> {
  progress('Backing up the present database first');
  try {
    await takeBackup(config, { reason: 'pre-restore', progress });
  } catch (error) {
    throw new Error(
      `The present database could not be backed up, so nothing was restored: ${String(error)}\n` +
        'Mend that and run it again. If it cannot be mended, --without-backup-first goes on all the same; the ' +
        'present database is then only kept beside the restored one, for seven days.',
    );
  }
}

/** Brings the restored database to where the server can use it. */
async function prepare(
  { database, backups }: RestoreConfig,
  incoming: DatabaseAddress,
  backup: Backup,
  progress: (sentence: string) => void,
): Promise<void> {
  await migrate(incoming, progress, { serverRole: database.user });
  progress('Inspecting the schema');
  // By the server's own role: a database it may not read is no use to it.
  const served = { ...database, name: incoming.name };
  const report = await inspectSchema(served, readExpectedSchema(), async () => ({}), UNHURRIED);
  if (!report.valid) {
    throw new Error(
      `The restored database cannot be served: ${explainUnservable(report, backup)} The present one is untouched.`,
    );
  }
  await withConnection(
    incoming,
    async (client) => {
      await client.query('analyze');
      await recordBackups(client, backups.folder, database.name);
      await resetSchedule(client);
    },
    { statement_timeout: '0' },
  );
}

function explainUnservable({ state, message, differences }: SchemaReport, { name }: Backup): string {
  if (state !== 'incomplete') return message;
  return (
    `it lacks what its migrations made: ${namesOf(differences.missing)}. The backup ${name} was taken after somebody ` +
    'changed that by hand. Take an older one: npm run backup -- --list, then npm run restore -- NAME.'
  );
}
