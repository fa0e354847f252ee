import { Client, DatabaseError } from 'pg';
import { connectionOptions, type DatabaseAddress } from '../config/database-address.ts';
import { NO_SUCH_DATABASE } from '../config/problems.ts';
import { messageOf } from './error-message.ts';
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
  const server = await primaryAddress(address);
  const client = new Client({
    ...connectionOptions(server),
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
  await client.connect().catch((error: unknown) => {
    throw explainUnconnected(error, server);
  });
  try {
    return await work(client);
  } catch (error) {
    throw explain(error, lost, server);
  } finally {
    // A server that does not answer would not say goodbye either.
    if (lost !== undefined || queryTimeoutMs !== undefined) client.connection.stream.destroy();
    await client.end().catch(() => {});
  }
}

/** By what the SQLSTATE begins with. */
const ADVICE = [
  [
    '28',
    'Correct the setting that names this user (DB_OWNER_USER and DB_OWNER_PASSWORD, DATABASE_URL, DB_USER and ' +
      'DB_PASSWORD, or BACKUP_PROOF_URL), then run this again.',
  ],
  ['3D000', NO_SUCH_DATABASE],
] as const;

function explainUnconnected(error: unknown, { host, port, user }: DatabaseAddress): unknown {
  if (error instanceof DatabaseError) {
    const advice = ADVICE.find(([code]) => error.code?.startsWith(code))?.[1];
    if (advice === undefined) return error;
    return new Error(`PostgreSQL on ${host}:${port} refuses ${user}: ${error.message}. ${advice}`, {
      cause: error,
    });
  }
  return new Error(
    `PostgreSQL on ${host}:${port} cannot be reached (${messageOf(error)}). Start it, or look at the network, then run ` +
      'this again.',
    { cause: error },
  );
}

const DISK_FULL = '53100';
const UNDEFINED_TABLE = '42P01';

/** In words that say what to do, unless somebody has explained it already. */
function explain(error: unknown, lost: Error | undefined, { host, port, name }: DatabaseAddress): unknown {
  if (error instanceof Error && error.cause !== undefined) return error;
  // Why the connection was lost says more than that a query failed by it.
  if (lost !== undefined) {
    return new Error(
      `PostgreSQL on ${host}:${port} was lost on the way (${lost.message}). Look at the server, then run this again.`,
      { cause: lost },
    );
  }
  if (!(error instanceof DatabaseError)) return error;
  if (error.code === DISK_FULL) {
    return new Error(
      `The disk of PostgreSQL on ${host}:${port} is full (${error.message}). Make room, then run this again.`,
      { cause: error },
    );
  }
  if (error.code === UNDEFINED_TABLE) {
    return new Error(
      `The schema of ${name} on ${host}:${port} is not complete: ${error.message}. See what is missing ` +
        '(npm run migrate -- status), make it (npm run migrate), then run this again.',
      { cause: error },
    );
  }
  return error;
}
