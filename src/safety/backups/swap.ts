import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, escapeIdentifier } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { databaseNames, maintenanceAddress, OBJECT_IN_USE, renameDatabase } from './maintenance.ts';

const TRIES = 3;
const TERMINATION_PAUSE_MS = 20;
const NOT_PERMITTED = '42501';

export type Swap = {
  /** The name that is served. */
  readonly current: string;
  /** Comes in its place. */
  readonly incoming: string;
  /** What it is called from then on; undefined where there was none. */
  readonly kept: string | undefined;
};

/**
 * Puts one database in the place of another. Both renames are one transaction: whoever is killed at whatever moment,
 * the name stands for the old one or for the new one. Everybody connected to either is disconnected; whoever connects
 * meanwhile waits, and finds the new one.
 */
export async function swapDatabases(address: DatabaseAddress, swap: Swap): Promise<void> {
  const maintenance = maintenanceAddress(address);
  for (let tried = 1; ; tried += 1) {
    try {
      return await withConnection(maintenance, (client) => renameBoth(client, maintenance, swap), {
        lock_timeout: '10s',
      });
    } catch (error) {
      if (await happened(maintenance, swap)) return;
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === NOT_PERMITTED) {
        throw new Error(
          `Nothing was changed: ${String(error)}. The role ${address.user} has to disconnect others before the swap. ` +
            `Say as a superuser: grant pg_signal_backend to ${escapeIdentifier(address.user)}`,
        );
      }
      if (code !== OBJECT_IN_USE) throw error;
      if (tried === TRIES) {
        throw new Error(
          `Nothing was changed: ${String(error)}. ` +
            `See who it is (select * from pg_stat_activity where datname = '${swap.current}'), disconnect them, ` +
            'and run this again.',
        );
      }
    }
  }
}

async function renameBoth(client: Client, maintenance: DatabaseAddress, swap: Swap): Promise<void> {
  const { current, incoming, kept } = swap;
  await client.query('begin');
  // Renaming locks the name, so that nobody can connect any more, and then waits until all have left.
  await withoutSessions(maintenance, [current, incoming], async () => {
    if (kept !== undefined) await renameDatabase(client, current, kept);
    await renameDatabase(client, incoming, current);
  });
  await client.query('commit');
}

/** Disconnects everybody from those databases, again and again, until `work` is done. */
function withoutSessions(
  maintenance: DatabaseAddress,
  databases: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  return withConnection(maintenance, async (client) => {
    let done = false;
    const working = work().finally(() => {
      done = true;
    });
    // It is waited for below; until then its failure is nobody's surprise.
    working.catch(() => {});
    while (!done) {
      await client.query(
        `select pg_terminate_backend(pid)
         from pg_stat_activity
         join pg_database on pg_database.oid = datid
         join pg_roles on pg_roles.oid = usesysid
         where pg_database.datname = any ($1) and backend_type = 'client backend'
           and (not rolsuper or current_setting('is_superuser') = 'on')`,
        [databases],
      );
      await sleep(TERMINATION_PAUSE_MS);
    }
    return working;
  });
}

/** True when the swap took place although its last answer never arrived. */
async function happened(maintenance: DatabaseAddress, { incoming, current, kept }: Swap): Promise<boolean> {
  return withConnection(maintenance, async (client) => {
    const names = await databaseNames(client);
    // Without a look at what was kept, a database to come in that is not there would pass for one that came.
    return names.includes(current) && !names.includes(incoming) && (kept === undefined || names.includes(kept));
  }).catch(() => false);
}
