import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../config/config.ts';
import type { HostPort } from '../config/host-list.ts';
import type { RedisServers } from '../config/redis-address.ts';

export type RedisCommands = Redis | Cluster;

/** Connections to Redis as configured: one server, the master that sentinels name, or a cluster. */
export type RedisConnections = {
  /** For commands. It finds the servers again by itself, and fails rather than waits. */
  readonly commands: RedisCommands;
  /** Begins to connect `commands`. Rejects when that fails, or never settles: it is tried again and again. */
  connect(): Promise<void>;
  /**
   * The connection of every server that takes writes.
   * @throws {Error} when part of the keys is on no server that is known; it is looked for then
   */
  masters(): readonly Redis[];
  /** Resolves when the server takes writes: one that is full or read-only, or of a cluster that is down, is reachable and refuses. */
  confirm(master: Redis, key: string): Promise<void>;
  /** A new connection that can listen, not connected yet. It is never connected again once it is lost. */
  createListener(): Redis;
};

const SOCKET_TIMEOUT_MS = 500;
const CONFIRMED_FOR_MS = 1000;
const RECONNECT_MAX_MS = 1000;
const SLOTS_REFRESH_MS = 5000;
/** A key that has moved is followed to where it is, and once more to where it is going (MOVED, then ASK). */
const MOST_REDIRECTIONS = 3;

const backoff = (attempt: number) => Math.min(100 * attempt, RECONNECT_MAX_MS);

export function createRedisConnections(config: RedisConfig): RedisConnections {
  if (config.servers.kind === 'cluster') return clusterConnections(config, config.servers.nodes);
  const options = { ...connectionOptions(config), ...placeOptions(config.servers, config.tls) };
  const commands = new Redis({
    ...options,
    connectionName: 'steadfast',
    retryStrategy: backoff,
    sentinelRetryStrategy: backoff,
    // A master that was demoted under us: connected anew, the sentinels or the host name lead to its successor.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  });
  return {
    commands,
    connect: () => commands.connect(),
    masters: () => [commands],
    confirm: async (master, key) => void (await master.set(key, '', 'PX', CONFIRMED_FOR_MS)),
    createListener: () => new Redis({ ...options, ...LISTENER_OPTIONS }),
  };
}

/** What every connection has in common, whatever it leads to. */
function connectionOptions(config: RedisConfig) {
  return {
    db: config.database,
    ...(config.username !== undefined && { username: config.username }),
    ...(config.password !== undefined && { password: config.password }),
    ...(config.tls && { tls: {} }),
    lazyConnect: true,
    connectTimeout: SOCKET_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    commandTimeout: config.commandTimeoutMs,
    // A cache that has to be waited for is none: nothing is queued, nothing is sent twice.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  } satisfies RedisOptions;
}

const LISTENER_OPTIONS = {
  connectionName: 'steadfast-listener',
  autoResubscribe: false,
  protocol: 2,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
} as const satisfies RedisOptions;

type OneMaster = Exclude<RedisServers, { readonly kind: 'cluster' }>;

function placeOptions(servers: OneMaster, tls: boolean) {
  if (servers.kind === 'single') return { host: servers.host, port: servers.port };
  return {
    sentinels: servers.sentinels.map(({ host, port }) => ({ host, port })),
    name: servers.master,
    ...(servers.sentinelPassword !== undefined && { sentinelPassword: servers.sentinelPassword }),
    sentinelCommandTimeout: SOCKET_TIMEOUT_MS,
    ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
  } satisfies RedisOptions;
}

function clusterConnections(config: RedisConfig, nodes: readonly HostPort[]): RedisConnections {
  const { lazyConnect, enableOfflineQueue, ...redisOptions } = connectionOptions(config);
  const commands = new Cluster([...nodes], {
    lazyConnect: true,
    enableOfflineQueue: false,
    // Whether the cluster takes commands is what the heartbeat asks; ioredis would drop all connections over it.
    enableReadyCheck: false,
    maxRedirections: MOST_REDIRECTIONS,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 0,
    slotsRefreshTimeout: SOCKET_TIMEOUT_MS,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    clusterRetryStrategy: backoff,
    // Host names stay host names, for certificates are made out to them; the socket looks them up.
    dnsLookup: (host, callback) => callback(null, host),
    redisOptions: { ...redisOptions, connectionName: 'steadfast' },
  });
  return {
    commands,
    connect: () => commands.connect(),
    masters: () => {
      const masters = commands.nodes('master');
      if (!coversAllSlots(commands.slots, masters)) {
        lookForServers(commands);
        throw new Error('part of the cluster cannot be reached');
      }
      return masters;
    },
    confirm: async (master) => {
      const state = await master.cluster('INFO');
      if (/^cluster_state:ok\r?$/m.test(String(state))) return;
      throw new Error('the cluster is down, says one of its servers');
    },
    createListener: () => {
      // One of many, and whichever it is, it hears what is announced at all the others. Those we know may all be dead.
      const known = commands.nodes().map(({ options: { host = '', port = 0 } }) => ({ host, port }));
      const places = [...known, ...nodes];
      const place = places[Math.floor(Math.random() * places.length)];
      return new Redis({ ...connectionOptions(config), ...place, ...LISTENER_OPTIONS });
    },
  };
}

const SLOTS = 16_384;

/** True when every slot's server is one of the masters we have a connection for. */
function coversAllSlots(slots: readonly (readonly string[] | undefined)[], masters: readonly Redis[]): boolean {
  const known = new Set(masters.map(({ options }) => `${options.host}:${options.port}`));
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const owner = slots[slot]?.[0];
    if (owner === undefined || !known.has(owner)) return false;
  }
  return true;
}

/** Asks the servers we know who has which slots; when none answers, begins again with those of the configuration. */
function lookForServers(cluster: Cluster): void {
  cluster.refreshSlotsCache((error) => {
    if (error && cluster.status === 'ready') cluster.disconnect(true);
  });
}
