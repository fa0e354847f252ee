import type { Test } from 'tap';
import { startServers, type ThrowawayServers } from '../../src/throwaway/servers.ts';
import { FAST_POSTGRES } from './private-servers.ts';

/** Servers that one test may kill and freeze, with a database in which there is nothing at all. */
export async function emptyServers(test: Test): Promise<ThrowawayServers> {
  const servers = await startServers({ purpose: 'fault', postgresParameters: FAST_POSTGRES });
  test.teardown(() => servers.remove());
  return servers;
}
