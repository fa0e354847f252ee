import type { Config } from '../../config/config.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { withConnection } from '../connection.ts';
import { recordBackups, resetSchedule } from './history.ts';
import { type KeptDatabase, keptDatabases, nameForReplaced } from './kept-databases.ts';
import { maintenanceAddress } from './maintenance.ts';
import { alone } from './restore.ts';
import { swapDatabases } from './swap.ts';

type UndoConfig = Pick<Config, 'database' | 'backups'>;

/** What undoing would do. */
export type UndoPlan = {
  /** The database that comes back in its place; undefined where the last restore was undone already. */
  readonly back: KeptDatabase | undefined;
  /** All that were replaced and are kept, newest first. */
  readonly kept: readonly [KeptDatabase, ...KeptDatabase[]];
};

/**
 * Finds the database that the last restore replaced, or the kept one that is named. Undoing again what was undone, say
 * because it was killed and nobody knows whether it had happened, is nothing to do.
 * @throws {Error} when there is none
 */
export async function planUndo({ database }: UndoConfig, named: string | undefined): Promise<UndoPlan> {
  const address = ownerAddress(database);
  const [last, ...older] = await withConnection(maintenanceAddress(address), (client) =>
    keptDatabases(client, address.name),
  );
  if (last === undefined) {
    throw new Error(
      `There is nothing to undo: no database that a restore replaced is kept beside ${address.name}. ` +
        'They are dropped after seven days. npm run backup -- --list shows the backups there are.',
    );
  }
  const kept = [last, ...older] as const;
  if (named === undefined) return { back: last.purpose === 'before_restore' ? last : undefined, kept };
  const back = kept.find(({ name }) => name === named);
  if (back === undefined) {
    throw new Error(
      `${named} is not kept beside ${address.name}. There are: ${kept.map(({ name }) => name).join(', ')}.`,
    );
  }
  return { back, kept };
}

/**
 * Puts a database that was replaced back in its place. The present one is kept in turn, under a name that says that a
 * restore was undone, or that an undone one is there again. Returns that name; undefined where somebody put the same one
 * back since it was planned.
 * @throws {Error} when anything else was put in place since then
 */
export function undoRestore(
  { database, backups }: UndoConfig,
  { back, kept: planned }: UndoPlan & { readonly back: KeptDatabase },
  progress: (sentence: string) => void,
): Promise<string | undefined> {
  const address = ownerAddress(database);
  return alone(address, async () => {
    const purpose = back.purpose === 'undone' ? 'before_restore' : 'undone';
    const { newest, isKept, kept } = await withConnection(maintenanceAddress(address), async (client) => {
      const present = await keptDatabases(client, address.name);
      return {
        newest: present[0],
        isKept: present.some(({ name }) => name === back.name),
        kept: await nameForReplaced(client, address.name, purpose),
      };
    });
    const nothingBetween = newest?.name === planned[0].name;
    // What that replaced is the newest of those kept then, and what came back is none of them.
    if (!nothingBetween && !isKept && newest?.purpose === purpose) return undefined;
    if (!nothingBetween || !isKept) {
      throw new Error(
        'Nothing was done: what is kept has changed since (somebody restored, undid, or it had its time), so the plan is ' +
          'out of date. Run this again.',
      );
    }
    progress('Swapping');
    await swapDatabases(address, { current: address.name, incoming: back.name, kept });
    await withConnection(address, async (client) => {
      await recordBackups(client, backups.folder, address.name);
      await resetSchedule(client);
    }).catch(() => {
      // It is undone, and whoever is told otherwise would undo that. The schedule notes the same within a minute.
    });
    return kept;
  });
}
