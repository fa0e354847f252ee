import type { Test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedSample } from '../../src/safety/seed.ts';
import { startServers, type ThrowawayServers } from '../../src/throwaway/servers.ts';
import { runShell } from '../../src/throwaway/shell.ts';

/** fsync is for power cuts; what the tests do to servers survives in the system's page cache. */
export const FAST_POSTGRES = { fsync: 'off', full_page_writes: 'off', max_connections: '200' };

/** Servers that one test may kill and freeze, with the schema and the sample blog. */
export async function privateServers(test: Test): Promise<ThrowawayServers> {
  const servers = await startServers({ purpose: 'fault', postgresParameters: FAST_POSTGRES });
  test.teardown(() => servers.remove());
  const { database } = loadConfig({ DATABASE_URL: servers.postgres.url });
  await migrate(database, () => {});
  await seedSample(database);
  return servers;
}

/** Does to a server what a person would type, by the very command that the demo prints. */
export async function inflict<Fault extends string>(
  fault: Fault,
  server: { readonly commands: Readonly<Record<Fault, string>> },
): Promise<void> {
  await runShell(server.commands[fault]);
}
