import { join } from 'node:path';
import type { Test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedSample } from '../../src/safety/seed.ts';
import { createPostgresServer, type PostgresServer } from '../../src/throwaway/postgres-server.ts';
import { providePostgres } from '../../src/throwaway/provide.ts';
import { newPassword } from '../../src/throwaway/server.ts';
import { canMount, mountSmallDisk, type SmallDisk } from '../../src/throwaway/small-disk.ts';
import { createWorkspace } from '../../src/throwaway/workspace.ts';
import { FAST_POSTGRES } from './private-servers.ts';

export type SmallDiskServer = {
  /** Its database has the schema and the sample blog. */
  readonly postgres: PostgresServer;
  /** All of its data are there; undefined where this user may not mount one, and they are on an ordinary disk. */
  readonly disk: SmallDisk | undefined;
  /** An empty folder for backups, on a disk of its own where that can be had. */
  readonly backups: string;
  readonly backupDisk: SmallDisk | undefined;
};

/** Room for some copies of the sample blog, and for what a restore leaves alone. */
const DATA_SIZE = '768m';
const BACKUPS_SIZE = '96m';

/** Little, so that writing ahead does not take all the room. */
const LITTLE_WAL = { min_wal_size: '32MB', max_wal_size: '64MB' };

/** A PostgreSQL of the test's own that may be killed, and whose disk may be filled. */
export async function smallDiskServer(test: Test): Promise<SmallDiskServer> {
  const programs = await providePostgres(() => {});
  const workspace = createWorkspace('fault');
  test.teardown(() => workspace.remove());
  const { folder, identity } = workspace;
  const mountable = await canMount(join(folder, 'try-mount'));
  const [disk, backupDisk] = mountable
    ? await Promise.all([
        mountSmallDisk(join(folder, 'data'), DATA_SIZE, identity),
        mountSmallDisk(join(folder, 'backups'), BACKUPS_SIZE, undefined),
      ])
    : [];
  const postgres = await createPostgresServer({
    programs,
    workspace: { ...workspace, folder: disk?.folder ?? folder },
    password: newPassword(),
    parameters: { ...FAST_POSTGRES, ...LITTLE_WAL },
  });
  test.teardown(() => postgres.stop());
  await postgres.start();
  // Not a copy of a template: PostgreSQL 15 forgets in a crash how far the sequences of a copy have come.
  const { database } = loadConfig({ DATABASE_URL: postgres.url });
  await migrate(database, () => {});
  await seedSample(database);
  return { postgres, disk, backups: join(folder, 'backups'), backupDisk };
}
