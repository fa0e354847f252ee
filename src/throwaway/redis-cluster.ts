import { asking, CACHE_ONLY } from './redis-server.ts';
import { type RedisSet, type RedisSetOptions, startRedisSet } from './redis-set.ts';
import type { ThrowawayServer } from './server.ts';
import { eventually, freePort, isPortFree } from './shell.ts';

export type RedisCluster = RedisSet & {
  readonly shards: readonly [RedisShard, RedisShard, RedisShard];
};

/** One part of the keys: the server that began as master, and the one that began as its replica. */
export type RedisShard = { readonly master: ThrowawayServer; readonly replica: ThrowawayServer };

const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1000;
const READY_LIMIT_MS = 30_000;
/** The servers talk to each other on a second port, this much higher. */
const BUS_PORT_OFFSET = 10_000;

const CLUSTER_MEMBER = [
  ...CACHE_ONLY,
  'cluster-enabled yes',
  `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
  // A replica may take over however long it has been without its master.
  'cluster-replica-validity-factor 0',
  'repl-diskless-sync-delay 0',
];

/**
 * Starts a Redis Cluster of three masters with a replica each, which fails over within about two seconds.
 * @throws {ServersUnavailable} naming what to install
 */
export function startRedisCluster(options: RedisSetOptions): Promise<RedisCluster> {
  return startRedisSet(options, async (start, password) => {
    const configuration = [...CLUSTER_MEMBER, `masterauth ${password}`];
    const startMember = async (role: string, number: number) =>
      start(role, { name: `redis-${number}`, port: await freePortPair(), configuration });
    const startShard = async (number: number): Promise<RedisShard> => ({
      master: await startMember('a master', 2 * number - 1),
      replica: await startMember('a replica', 2 * number),
    });
    const shards = [await startShard(1), await startShard(2), await startShard(3)] as const;
    const members = shards.flatMap(({ master, replica }) => [master, replica]);
    const ask: Ask = (server, ...words) =>
      asking(server.port, password, async (client) => String(await client.call('CLUSTER', ...words)));

    await introduce(members, ask);
    for (const [index, { master, replica }] of shards.entries()) {
      await ask(master, 'ADDSLOTS', ...slotsOf(index, shards.length));
      const id = await ask(master, 'MYID');
      await eventually(() => ask(replica, 'REPLICATE', id), READY_LIMIT_MS);
    }
    await Promise.all(members.map((member) => isWhole(member, shards.length, ask)));
    return {
      shards,
      environment: {
        REDIS_CLUSTER: shards.map(({ master }) => `127.0.0.1:${master.port}`).join(','),
        REDIS_PASSWORD: password,
      },
    };
  });
}

type Ask = (server: ThrowawayServer, ...words: (string | number)[]) => Promise<string>;

/** They all get to know each other through the first; each has an epoch of its own, so that nobody argues. */
async function introduce(members: readonly ThrowawayServer[], ask: Ask): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  for (const [index, member] of members.entries()) await ask(member, 'SET-CONFIG-EPOCH', index + 1);
  for (const member of members.slice(1)) await ask(first, 'MEET', '127.0.0.1', member.port);
  await Promise.all(
    members.map((member) =>
      eventually(async () => {
        const info = await ask(member, 'INFO');
        if (!info.includes(`cluster_known_nodes:${members.length}`))
          throw new Error('They do not all know each other.');
      }, READY_LIMIT_MS),
    ),
  );
}

/** An equal share of all slots. */
function slotsOf(shard: number, shards: number): number[] {
  const first = Math.ceil((shard * SLOTS) / shards);
  const end = Math.ceil(((shard + 1) * SLOTS) / shards);
  return Array.from({ length: end - first }, (_, index) => first + index);
}

/** Waits until a member says that all slots are served, and knows who replicates whom. */
async function isWhole(member: ThrowawayServer, replicas: number, ask: Ask): Promise<void> {
  await eventually(async () => {
    const [info, nodes] = await Promise.all([ask(member, 'INFO'), ask(member, 'NODES')]);
    const known = nodes.split('\n').filter((line) => /slave [\da-f]{40} .* connected/.test(line));
    if (!info.includes('cluster_state:ok') || known.length !== replicas) {
      throw new Error(`The cluster is not whole yet:\n${nodes}`);
    }
  }, READY_LIMIT_MS);
}

/** A free port whose bus port is free, too. */
async function freePortPair(): Promise<number> {
  return eventually(
    async () => {
      const port = await freePort();
      if (port + BUS_PORT_OFFSET < 65_536 && (await isPortFree(port + BUS_PORT_OFFSET))) return port;
      throw new Error('Found no two free ports that are 10000 apart.');
    },
    READY_LIMIT_MS,
    0,
  );
}
