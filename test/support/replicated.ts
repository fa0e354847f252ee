import type { Test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedSample } from '../../src/safety/seed.ts';
import {
  type ReplicatedPostgres,
  type ReplicatedServer,
  startReplicated,
} from '../../src/throwaway/replicated-postgres.ts';
import { until } from './http.ts';
import { FAST_POSTGRES } from './private-servers.ts';
import { sql } from './shared-servers.ts';

/** A primary with standbys that one test may kill, promote and hold back, with the schema and the sample blog. */
export async function replicatedPostgres(test: Test, standbys = 1): Promise<ReplicatedPostgres> {
  const servers = await startReplicated({ purpose: 'replicas', standbys, parameters: FAST_POSTGRES });
  test.teardown(() => servers.remove());
  const { database } = loadConfig({ DATABASE_URL: servers.primary.url });
  await migrate(database, () => {});
  await seedSample(database);
  for (const standby of servers.standbys) await caughtUp(servers.primary, standby);
  return servers;
}

/** Waits until the standby shows everything that the primary has written by now. */
export async function caughtUp(primary: ReplicatedServer, standby: ReplicatedServer): Promise<void> {
  // Not pg_current_wal_insert_lsn(): after a switch of WAL files it is past a page header that is never replayed.
  const [written] = await sql<{ lsn: string }>(primary.url, 'select pg_current_wal_lsn() as lsn');
  await until('the standby has caught up', async () => {
    const [replayed] = await sql<{ enough: boolean }>(
      standby.url,
      'select pg_last_wal_replay_lsn() >= $1::pg_lsn as enough',
      [written?.lsn],
    );
    return replayed?.enough === true;
  });
}
