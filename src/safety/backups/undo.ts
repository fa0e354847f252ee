import type { Config } from '../../config/config.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { withConnection } from '../connection.ts';
import { recordBackups, resetSchedule } from './history.ts';
import { type KeptDatabase, keptDatabases } from './kept-databases.ts';
import { maintenanceAddress } from './maintenance.ts';
import { siblingName } from './names.ts';
import { alone } from './restore.ts';
import { swapDatabases } from './swap.ts';

type UndoConfig = Pick<Config, 'database' | 'backups'>;

/**
 * The database that the last restore replaced.
 * @throws {Error} when there is none
 */
export async function findReplaced({ database }: UndoConfig): Promise<KeptDatabase> {
  const address = ownerAddress(database);
  const [newest] = await withConnection(maintenanceAddress(address), (client) =>
    keptDatabases(client, address.name),
  );
  if (newest === undefined) {
    throw new Error(
      `There is nothing to undo: no database that a restore replaced is kept beside ${address.name}. ` +
        'They are dropped after seven days. npm run backup -- --list shows the backups there are.',
    );
  }
  return newest;
}

/**
 * Puts the database that a restore replaced back in its place. The restored one is kept in turn, so that undoing twice
 * is where one began. Returns the name under which it is kept.
 */
export function undoRestore({ database, backups }: UndoConfig, replaced: KeptDatabase): Promise<string> {
  const address = ownerAddress(database);
  return alone(address, async () => {
    const kept = siblingName(address.name, 'before_restore');
    await swapDatabases(address, { current: address.name, incoming: replaced.name, kept });
    await withConnection(address, async (client) => {
      await recordBackups(client, backups.folder, address.name);
      await resetSchedule(client);
    }).catch(() => {
      // It is undone, and whoever is told otherwise would undo that. The schedule notes the same within a minute.
    });
    return kept;
  });
}
