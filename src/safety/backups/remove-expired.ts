import type { Config } from '../../config/config.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { withConnection } from '../connection.ts';
import { inspectSchema, readExpectedSchema, UNHURRIED } from '../migrations/inspect-schema.ts';
import { readClock } from './clock.ts';
import { correctNamesOfTheFuture, dropKeptBefore } from './kept-databases.ts';
import { maintenanceAddress } from './maintenance.ts';
import { newestRowCounts } from './newest-row-counts.ts';
import { expired, KEPT_DATABASES_MS } from './retention.ts';
import { removeBackup } from './store.ts';
import { proofOf, verifiedBackups } from './verification.ts';

type RetentionConfig = Pick<Config, 'database' | 'backups'>;

/**
 * True when the schema is whole and no table was emptied. Otherwise nothing is removed: what is there from before may be
 * all that is left, and seven nights of an empty database would push it out.
 */
export async function mayRemove({ backups, database }: RetentionConfig): Promise<boolean> {
  const address = ownerAddress(database);
  const known = () => newestRowCounts(backups.folder, address.name);
  return inspectSchema(address, readExpectedSchema(), known, UNHURRIED).then(
    ({ valid, emptiedTables }) => valid && emptiedTables.length === 0,
    () => false,
  );
}

/** Removes the backups and the kept databases that have had their time. */
export async function removeExpired(config: RetentionConfig, progress: (sentence: string) => void): Promise<void> {
  const candidates = (await verifiedBackups(config)).map(({ name, path, manifest, verification }) => ({
    name,
    path,
    reason: manifest.reason,
    schemaVersion: manifest.schema.version,
    takenAt: new Date(manifest.takenAt),
    proof: proofOf(verification),
  }));
  const address = ownerAddress(config.database);
  const now = await withConnection(maintenanceAddress(address), readClock);
  for (const backup of expired(candidates, now)) {
    await removeBackup(backup);
    progress(`Removed ${backup.name}, which has had its time`);
  }
  const dropped = await withConnection(maintenanceAddress(address), async (client) => {
    await correctNamesOfTheFuture(client, address.name, now);
    return dropKeptBefore(client, address.name, new Date(now.getTime() - KEPT_DATABASES_MS));
  });
  for (const name of dropped) progress(`Dropped ${name}, which a restore had replaced more than seven days ago`);
}
