import type { Test } from 'tap';
import { startPgbouncer } from '../../src/throwaway/pgbouncer.ts';
import type { ThrowawayServer } from '../../src/throwaway/server.ts';
import type { ThrowawayServers } from '../../src/throwaway/servers.ts';
import { privateServers } from './private-servers.ts';
import { sql } from './shared-servers.ts';

export type PooledServers = ThrowawayServers & {
  readonly pgbouncer: ThrowawayServer;
  /** Settings of a server that reaches PostgreSQL through PgBouncer. */
  readonly environment: {
    readonly DATABASE_URL: string;
    readonly REDIS_URL: string;
    readonly DB_POOLER: string;
    readonly DB_DIRECT_HOST: string;
  };
};

/** Fewer than the clients, and what docs/decisions/0012-pgbouncer.md asks for. */
const PARAMETERS = { default_pool_size: '3', server_login_retry: '0.5', query_wait_timeout: '5' };

/** As Steadfast would set them on connections of its own. */
export const LIMITS = { statement_timeout: '2s', lock_timeout: '1s', idle_in_transaction_session_timeout: '5s' };

/**
 * Servers that one test may kill and freeze, with the schema and the sample blog, and a PgBouncer before PostgreSQL.
 * `limits` are the role's.
 */
export async function pooledServers(
  test: Test,
  limits: Readonly<Record<string, string>> = LIMITS,
): Promise<PooledServers> {
  const servers = await privateServers(test);
  const { postgres, redis } = servers;
  // Before PgBouncer has its first session: those that there are keep what they began with.
  for (const [name, value] of Object.entries(limits)) {
    await sql(postgres.url, `alter role steadfast set ${name} = '${value}'`);
  }
  const pgbouncer = await startPgbouncer({ purpose: 'pooler', postgres, parameters: PARAMETERS });
  test.teardown(() => pgbouncer.stop());
  return {
    ...servers,
    pgbouncer,
    environment: {
      DATABASE_URL: pgbouncer.url,
      REDIS_URL: redis.url,
      DB_POOLER: 'pgbouncer',
      DB_DIRECT_HOST: `127.0.0.1:${postgres.port}`,
    },
  };
}
