import { statfs } from 'node:fs/promises';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { run } from '../../throwaway/shell.ts';
import { withConnection } from '../connection.ts';
import { primaryAddress } from '../primary-address.ts';
import { findContainer, isThisMachine } from './container.ts';
import { maintenanceAddress } from './maintenance.ts';

/** The disk on which a PostgreSQL keeps its data. */
export type Disk = {
  readonly freeBytes: () => Promise<number>;
  /** What PostgreSQL writes ahead of its tables before it takes room from there again. */
  readonly walBytes: number;
};

/**
 * The disk of the server, where it can be seen from here: PostgreSQL does not say how much room it has. It is in the
 * folder that was named, on this machine, or in a container that publishes the port here; undefined elsewhere.
 */
export async function findDisk(address: DatabaseAddress): Promise<Disk | undefined> {
  const server = await primaryAddress(address);
  if (server.dataFolder === undefined && !isThisMachine(server.host)) return undefined;
  const { folder, walBytes } = await withConnection(maintenanceAddress(server), async (client) => {
    const { rows } = await client.query<{ folder: string | null; wal: string }>(
      `select case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory') end as folder,
         pg_size_bytes(current_setting('max_wal_size')) as wal`,
    );
    return { folder: rows[0]?.folder ?? undefined, walBytes: Number(rows[0]?.wal) };
  });
  const freeBytes = await wayToLook(server, folder);
  return freeBytes?.().then(
    () => ({ freeBytes, walBytes }),
    () => undefined,
  );
}

async function wayToLook({ dataFolder, port }: DatabaseAddress, folder: string | undefined) {
  if (dataFolder !== undefined) return () => freeHere(dataFolder);
  if (folder === undefined) return undefined;
  // Where a container publishes the port, the folder is in there, even if there is one of that name here.
  const found = await findContainer(port);
  return () => (found === undefined ? freeHere(folder) : freeIn(found.container, folder));
}

async function freeHere(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function freeIn(container: string, folder: string): Promise<number> {
  const said = await run('docker', ['exec', container, 'df', '-Pk', folder]);
  const kilobytes = Number(said.split('\n').at(-1)?.split(/\s+/)[3]);
  if (!Number.isInteger(kilobytes)) throw new Error(`df said: ${said}`);
  return kilobytes * 1024;
}
