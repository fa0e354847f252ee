import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RedisSet } from '../../src/throwaway/redis-set.ts';
import type { ThrowawayServer } from '../../src/throwaway/server.ts';
import { until } from './http.ts';

const ROLES_LIMIT_MS = 20_000;

/** Settings of Steadfast that lead to these servers, with keys of the test's own. */
export function settingsOf(redis: RedisSet): Record<string, string> {
  return { ...redis.environment, REDIS_KEY_PREFIX: `test-${randomUUID()}` };
}

/** Asks one of the servers on a connection of its own. */
export async function ask<Answer>(
  { url }: ThrowawayServer,
  question: (client: Redis) => Promise<Answer>,
): Promise<Answer> {
  const client = new Redis(url);
  client.on('error', () => {});
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

/** Waits until the server is a replica that has caught up with its master. */
export function follows(server: ThrowawayServer): Promise<number> {
  return ask(server, (client) =>
    until(
      `the server on port ${server.port} follows`,
      async () => {
        const replication = await client.info('replication');
        if (replication.includes('master_link_status:up')) return true;
        throw new Error(replication);
      },
      ROLES_LIMIT_MS,
    ),
  );
}
