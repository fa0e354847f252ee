import { Redis } from 'ioredis';
import { runShell } from '../../throwaway/shell.ts';
import { type Expected, type Fault, ORDINARY, REDIS_AWAY } from './fault.ts';

const ON_REDIS = { ...ORDINARY, expected: REDIS_AWAY };

/** Redis runs and does not do everything that it is asked: answers come all the same, and nobody need notice. */
const REDIS_ILL: Expected = { ...REDIS_AWAY, health: ['healthy', 'degraded'] };

/** What happens to Redis. */
export const redisFaults: readonly Fault[] = [
  {
    ...ON_REDIS,
    name: 'redis-killed',
    sentence: 'Redis is ended by kill -9, and started again, empty.',
    begin: async ({ stage }) => {
      const { redis } = stage.servers;
      await runShell(redis.commands.kill);
      return () => redis.start();
    },
  },
  {
    ...ON_REDIS,
    name: 'redis-stopped',
    sentence: 'Redis is shut down as an operator would: every connection is refused.',
    begin: async ({ stage }) => {
      const { redis } = stage.servers;
      // It says goodbye by closing the connection, which the client takes for a failure.
      await tell(redis.url, 'shutdown', 'nosave').catch(() => {});
      return () => redis.start();
    },
  },
  {
    ...ON_REDIS,
    name: 'redis-frozen',
    sentence: 'Redis is stopped with SIGSTOP: it keeps its connections and never answers.',
    begin: async ({ stage }) => {
      const { commands } = stage.servers.redis;
      await runShell(commands.freeze);
      return async () => {
        await runShell(commands.thaw);
      };
    },
  },
  {
    ...ON_REDIS,
    name: 'redis-full',
    sentence: 'Redis has no memory left and evicts nothing: it refuses every write.',
    expected: REDIS_ILL,
    begin: async ({ stage }) => {
      const { url } = stage.servers.redis;
      await tell(url, 'config', 'set', 'maxmemory', '1', 'maxmemory-policy', 'noeviction');
      return async () => {
        await tell(url, 'config', 'set', 'maxmemory', '128mb', 'maxmemory-policy', 'allkeys-lru');
      };
    },
  },
  {
    ...ON_REDIS,
    name: 'redis-emptied',
    sentence: 'Redis is emptied (FLUSHALL).',
    lasts: false,
    expected: REDIS_ILL,
    begin: async ({ stage }) => {
      await tell(stage.servers.redis.url, 'flushall');
      return async () => {};
    },
  },
];

async function tell(url: string, command: string, ...args: string[]): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.call(command, args);
  } finally {
    client.disconnect();
  }
}
