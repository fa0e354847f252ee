import type { Config } from '../../config/config.ts';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { withConnection } from '../connection.ts';
import { messageOf } from '../error-message.ts';
import { recordBackups } from './history.ts';
import { BackupDamaged } from './manifest.ts';
import { ONLY_COUNTED, type RestoreIntoOptions, restoreInto } from './restore-into.ts';
import type { RoomOptions } from './room.ts';
import { withAbortableConnection } from './sessions.ts';
import type { Backup } from './store.ts';
import { withScratchDatabase } from './temporary-database.ts';
import { startTool, ToolFailed, type Tools } from './tools.ts';
import { type Verification, writeVerification } from './verification.ts';

/**
 * Proves a backup: asks for room, reads it wholly, restores it into a scratch database, and compares every table. Constraints are
 * proven by being created over the restored rows. What came of it is written beside the backup and into the database.
 * @throws {Error} when the server or this machine kept it from being tried; a bad backup is a result, not an error
 */
export async function verifyBackup(
  config: Pick<Config, 'database' | 'backups'>,
  backup: Backup,
  progress: (sentence: string) => void,
  { unattended = false }: { readonly unattended?: boolean } = {},
): Promise<Verification> {
  const address = ownerAddress(config.database);
  const startedAt = Date.now();
  const { proofServer } = config.backups;
  const outcome = await attempt(proofServer ?? address, backup, {
    progress,
    // Whoever names the server says that it is for that.
    unattended: unattended && proofServer === undefined,
    otherwise: 'Proofs can be made on another server (BACKUP_PROOF_URL).',
  });
  const result: Verification = {
    at: new Date().toISOString(),
    durationMs: Date.now() - startedAt,
    ...outcome,
  };
  await writeVerification(backup.path, result).catch((error: unknown) => {
    throw new Error(
      `What came of it could not be noted in ${backup.path} (${messageOf(error)}). Make room there, or correct its ` +
        'permissions, then run this again.',
    );
  });
  await withConnection(address, (client) => recordBackups(client, config.backups.folder, address.name)).catch(
    (error: unknown) => progress(`The database could not note the result: ${String(error)}`),
  );
  return result;
}

type Outcome = Pick<Verification, 'amcheck' | 'problem'>;

async function attempt(address: DatabaseAddress, backup: Backup, options: RoomOptions): Promise<Outcome> {
  const { manifest } = backup;
  return withScratchDatabase(address, { ...options, manifest }, async (scratch, signal) => {
    try {
      const { tools, comparesRows } = await restoreInto(scratch, backup, { progress: options.progress, signal });
      await refuseInvalidIndexes(backup, scratch, signal);
      const amcheck = await runAmcheck(tools, backup, scratch, { ...options, signal });
      if (!comparesRows) throw new Error(unproven(backup));
      return { amcheck };
    } catch (error) {
      signal.throwIfAborted();
      return verdictOf(error);
    }
  });
}

function unproven({ name, manifest }: Backup): string {
  return (
    `${name} was restored, and every table has as many rows as were backed up. ${ONLY_COUNTED} Prove it on a server ` +
    `like that one, PostgreSQL ${manifest.serverVersion} (BACKUP_PROOF_URL). It can be restored here all the same.`
  );
}

/** Only damage is a result. Everything else kept the backup from being tried, and says nothing about it. */
function verdictOf(error: unknown): Outcome {
  if (error instanceof BackupDamaged) return { amcheck: 'not reached', problem: error.message };
  throw error;
}

async function refuseInvalidIndexes(backup: Backup, scratch: DatabaseAddress, signal: AbortSignal): Promise<void> {
  const { rows } = await withAbortableConnection(scratch, signal, (client) =>
    client.query<{ name: string }>('select indexrelid::regclass::text as name from pg_index where not indisvalid'),
  );
  if (rows.length > 0) {
    const names = rows.map(({ name }) => name).join(', ');
    throw new BackupDamaged(backup.name, `restored, its indexes ${names} are not valid. Use another backup.`);
  }
}

/** The exit code of pg_amcheck when it could look at everything and something is not as it should be. */
const FOUND_DAMAGE = 2;

/** Its functions need an extension that only a superuser can create, and not every server brings. */
async function runAmcheck(
  tools: Tools,
  backup: Backup,
  scratch: DatabaseAddress,
  { progress, signal }: RestoreIntoOptions,
): Promise<Verification['amcheck']> {
  const available = await withAbortableConnection(scratch, signal, (client) =>
    client.query('create extension if not exists amcheck').then(
      () => true,
      () => false,
    ),
  );
  if (!available) return 'unavailable';
  progress('Checking every table and index with pg_amcheck');
  const check = await startTool(tools, 'pg_amcheck', ['--heapallindexed'], scratch, { signal });
  let found = '';
  check.stdout.setEncoding('utf8').on('data', (text: string) => {
    found = (found + text).slice(0, 1000);
  });
  try {
    await check.ended;
    return 'passed';
  } catch (error) {
    // Some packages of the tools come without it.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'unavailable';
    if (!(error instanceof ToolFailed) || error.exitCode !== FOUND_DAMAGE) throw error;
    throw new BackupDamaged(backup.name, `${error.message} ${found}`.trim());
  }
}
