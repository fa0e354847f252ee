import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { createDatabase, sharedServers } from './shared-servers.ts';

/** As `PATIENCE`, with PostgreSQL alone: for tests of what Redis does. */
export const DATABASE_PATIENCE = {
  DB_CONNECT_TIMEOUT_MS: '20000',
  DB_QUEUE_TIMEOUT_MS: '20000',
  DB_LOCK_TIMEOUT_MS: '15000',
  DB_STATEMENT_TIMEOUT_MS: '20000',
  DB_QUERY_TIMEOUT_MS: '25000',
  DB_BREAKER_TIMEOUT_MS: '50000',
  DB_PROBE_TIMEOUT_MS: '20000',
  REQUEST_DEADLINE_MS: '60000',
  DB_SLOW_CALL_MS: '20000',
};

/**
 * Limits that even a machine with too much to do keeps: for tests of what is answered rather than how fast. With
 * the limits of every day, a pause of the machine is an outage to Steadfast, and it says so.
 */
export const PATIENCE = { ...DATABASE_PATIENCE, REDIS_COMMAND_TIMEOUT_MS: '20000' };

/** With these a request waits until somebody lets it go, rather than for limits of its own: for tests of who does. */
export const LONG_WAITS = {
  DB_QUERY_TIMEOUT_MS: '15000',
  DB_BREAKER_TIMEOUT_MS: '16000',
  REQUEST_DEADLINE_MS: '20000',
};

/** Settings for a server on a database and a Redis name space of the test's own, with patience for the machine. */
export async function testEnvironment(test: Test, content: 'sample' | 'empty' = 'sample') {
  return { ...(await everydayEnvironment(test, content)), ...PATIENCE };
}

/** The same with the limits of every day: for tests of those limits. */
export async function everydayEnvironment(test: Test, content: 'sample' | 'empty' = 'sample') {
  return {
    DATABASE_URL: await createDatabase(test, content),
    REDIS_URL: sharedServers().redisUrl,
    REDIS_KEY_PREFIX: `test-${randomUUID()}`,
  };
}
