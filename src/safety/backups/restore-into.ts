import type { DatabaseAddress } from '../../config/database-address.ts';
import type { Backup } from './store.ts';

/**
 * Restores a backup into an empty database, and compares what is in it then with the manifest, table by table.
 * @throws {BackupDamaged} when a single row differs
 */
export async function restoreInto(
  _empty: DatabaseAddress,
  _backup: Backup,
  _progress: (sentence: string) => void,
): Promise<void> {
  throw new Error('under construction');
}
