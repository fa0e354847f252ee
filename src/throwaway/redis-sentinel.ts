import { asking, CACHE_ONLY } from './redis-server.ts';
import { type RedisSet, type RedisSetOptions, startRedisSet } from './redis-set.ts';
import type { ThrowawayServer } from './server.ts';
import { eventually } from './shell.ts';

export type RedisSentinel = RedisSet & {
  /** The one that began as master, and the one that began as its replica. */
  readonly master: ThrowawayServer;
  readonly replica: ThrowawayServer;
  readonly sentinels: readonly ThrowawayServer[];
};

const MASTER_NAME = 'steadfast';
const SENTINELS = 3;
const QUORUM = 2;
const DOWN_AFTER_MS = 700;
const FAILOVER_LIMIT_MS = 3000;
const READY_LIMIT_MS = 20_000;

/**
 * Starts a master with a replica, and three sentinels that fail over within about two seconds.
 * @throws {ServersUnavailable} naming what to install
 */
export function startRedisSentinel(options: RedisSetOptions): Promise<RedisSentinel> {
  return startRedisSet(options, async (start, password) => {
    const common = [...CACHE_ONLY, `masterauth ${password}`, 'repl-diskless-sync-delay 0'];
    const master = await start('the master', { name: 'redis-1', configuration: common });
    const replica = await start('its replica', {
      name: 'redis-2',
      configuration: [...common, `replicaof 127.0.0.1 ${master.port}`],
    });
    await eventually(async () => {
      const replication = await asking(replica.port, password, (client) => client.info('replication'));
      if (!replication.includes('master_link_status:up'))
        throw new Error('The replica does not follow its master.');
    }, READY_LIMIT_MS);
    const watching = [
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${master.port} ${QUORUM}`,
      `sentinel auth-pass ${MASTER_NAME} ${password}`,
      `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${MASTER_NAME} ${FAILOVER_LIMIT_MS}`,
    ];
    const sentinels = await Promise.all(
      Array.from({ length: SENTINELS }, (_, index) =>
        start('a sentinel', { name: `sentinel-${index + 1}`, configuration: watching, mode: 'sentinel' }),
      ),
    );
    await Promise.all(sentinels.map(({ port }) => knowsTheOthers(port, password)));
    return {
      master,
      replica,
      sentinels,
      environment: {
        REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
        REDIS_SENTINEL_MASTER: MASTER_NAME,
        REDIS_SENTINEL_PASSWORD: password,
        REDIS_PASSWORD: password,
      },
    };
  });
}

/** Only sentinels that know the replica and each other can fail over. */
async function knowsTheOthers(port: number, password: string): Promise<void> {
  await eventually(async () => {
    const watched = String(await asking(port, password, (client) => client.info('sentinel')));
    if (!watched.includes(`status=ok`) || !watched.includes(`slaves=1,sentinels=${SENTINELS}`)) {
      throw new Error(`The sentinel on port ${port} does not know all of the others yet: ${watched}`);
    }
  }, READY_LIMIT_MS);
}
