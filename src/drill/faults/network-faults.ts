import type { ProxyMode } from '../../throwaway/tcp-proxy.ts';
import type { Stage } from '../stage.ts';
import { type Expected, type Fault, ORDINARY, POSTGRES_AWAY, REDIS_AWAY } from './fault.ts';

/** What happens on the way to PostgreSQL and to Redis. */
export const postgresNetworkFaults: readonly Fault[] = [
  onTheWay('postgres-unreachable', 'The network to PostgreSQL swallows everything.', 'toPostgres', 'blackhole'),
  onTheWay('postgres-reset', 'The network to PostgreSQL resets every connection.', 'toPostgres', 'reset'),
  onTheWay('postgres-far-away', 'The network to PostgreSQL takes 2 s each way.', 'toPostgres', { delayMs: 2000 }),
];

export const redisNetworkFaults: readonly Fault[] = [
  onTheWay('redis-unreachable', 'The network to Redis swallows everything.', 'toRedis', 'blackhole'),
  onTheWay('redis-slow', 'The network to Redis takes 200 ms each way.', 'toRedis', { delayMs: 200 }),
];

function onTheWay(
  name: string,
  sentence: string,
  proxy: keyof Pick<Stage, 'toPostgres' | 'toRedis'>,
  mode: ProxyMode,
): Fault {
  const expected: Expected = proxy === 'toPostgres' ? POSTGRES_AWAY : REDIS_AWAY;
  return {
    ...ORDINARY,
    ...{ name, sentence, expected },
    road: 'proxied',
    begin: async ({ stage }) => {
      stage[proxy].set(mode);
      return async () => stage[proxy].set('pass');
    },
  };
}
