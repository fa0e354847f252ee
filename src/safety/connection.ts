import { Client } from 'pg';
import { connectionOptions, type DatabaseAddress } from '../config/database-address.ts';
import { primaryAddress } from './primary-address.ts';

const CONNECT_TIMEOUT_MS = 5000;

/**
 * Runs `work` on a connection of its own to the primary, beside the pool and the breaker and past a pooler: what keeps
 * data safe must work when the run-time path is broken. `parameters` are PostgreSQL settings for the session, in their
 * own units. Without a query time limit it waits as long as the server takes.
 */
export async function withConnection<Result>(
  address: DatabaseAddress,
  work: (client: Client) => Promise<Result>,
  parameters: Readonly<Record<string, string>> = {},
  queryTimeoutMs?: number,
): Promise<Result> {
  const client = new Client({
    ...connectionOptions(await primaryAddress(address)),
    application_name: 'steadfast-safety',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ...(queryTimeoutMs !== undefined && { query_timeout: queryTimeoutMs }),
    options: Object.entries(parameters)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  });
  let lost: Error | undefined;
  client.on('error', (error) => {
    lost = error;
  });
  await client.connect();
  try {
    return await work(client);
  } catch (error) {
    // Why the connection was lost says more than that a query failed by it, unless somebody has explained that.
    throw error instanceof Error && error.cause !== undefined ? error : (lost ?? error);
  } finally {
    // A server that does not answer would not say goodbye either.
    if (lost !== undefined || queryTimeoutMs !== undefined) client.connection.stream.destroy();
    await client.end().catch(() => {});
  }
}
