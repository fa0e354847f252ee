import type { CacheSnapshot } from '../cache/cache.ts';
import type { DatabaseSnapshot } from '../database/database.ts';
import type { ReplicaSnapshot } from '../database/replicas.ts';
import type { ServerSnapshot } from '../database/server.ts';
import type { SchemaReport } from '../safety/migrations/inspect-schema.ts';
import type { Gathered } from '../workers/peers.ts';
import type { HealthSources } from './health.ts';

/** What all workers say under this topic. */
export const SOURCES = 'sources';

/** What the primary makes of it once a second, for those who cannot ask. */
export const WHOLE = 'whole';

type AtLeastOne<Item> = readonly [Item, ...Item[]];

/**
 * What the worker processes know, as one truth about the whole: of the database, Redis and the schema what the one knows
 * that is worst off, of pools and caches the sums.
 */
export function wholeServer({ answers, workers }: Gathered<HealthSources>): HealthSources {
  const [first, ...others] = answers;
  if (workers === undefined) return first;
  return {
    database: wholeDatabase([first.database, ...others.map(({ database }) => database)]),
    cache: wholeCache([first.cache, ...others.map(({ cache }) => cache)]),
    schema: answers.map(({ schema }) => schema).reduce(latestReport),
    workers,
  };
}

function wholeDatabase(all: AtLeastOne<DatabaseSnapshot>): DatabaseSnapshot {
  const [first, ...others] = all;
  return {
    ...wholeOf(all),
    replicas: first.replicas.map((replica, index) =>
      wholeReplica([replica, ...others.flatMap(({ replicas }) => replicas[index] ?? [])]),
    ),
  };
}

function wholeReplica(all: AtLeastOne<ReplicaSnapshot>): ReplicaSnapshot {
  const lags = all.map(({ lagMs }) => lagMs).filter((lagMs) => lagMs !== undefined);
  return {
    ...wholeOf(all),
    name: all[0].name,
    lagMs: lags.length === 0 ? undefined : Math.max(...lags),
    onPrimaryTimeline: all.every(({ onPrimaryTimeline }) => onPrimaryTimeline),
    usable: all.every(({ usable }) => usable),
  };
}

function wholeOf(all: AtLeastOne<ServerSnapshot>): ServerSnapshot {
  const worst = all.reduce((one, other) => (isWorse(other, one) ? other : one));
  const sumOf = (read: (snapshot: ServerSnapshot) => number) => sum(all.map(read));
  return {
    host: worst.host,
    pooler: worst.pooler,
    sighting: worst.sighting,
    breaker: {
      ...worst.breaker,
      window: {
        calls: sumOf(({ breaker }) => breaker.window.calls),
        failures: sumOf(({ breaker }) => breaker.window.failures),
      },
      held: all.find(({ breaker }) => breaker.held !== undefined)?.breaker.held,
    },
    pool: {
      max: sumOf(({ pool }) => pool.max),
      used: sumOf(({ pool }) => pool.used),
      idle: sumOf(({ pool }) => pool.idle),
      waiting: sumOf(({ pool }) => pool.waiting),
      limit: sumOf(({ pool }) => pool.limit),
    },
  };
}

const TROUBLE = { up: 0, unknown: 1, down: 2 } as const;

/** An open breaker is worse than what was seen; of two that are alike the later one counts. */
function isWorse(one: ServerSnapshot, other: ServerSnapshot): boolean {
  const rank = ({ breaker, sighting }: ServerSnapshot) =>
    (breaker.state === 'open' ? 3 : 0) + TROUBLE[sighting.state];
  if (rank(one) !== rank(other)) return rank(one) > rank(other);
  return (one.sighting.probedAt?.getTime() ?? 0) > (other.sighting.probedAt?.getTime() ?? 0);
}

function wholeCache(all: AtLeastOne<CacheSnapshot>): CacheSnapshot {
  const sumOf = (read: (memory: CacheSnapshot['memory']) => number) => sum(all.map(({ memory }) => read(memory)));
  return {
    redis: (all.find(({ redis }) => redis.state === 'down') ?? all[0]).redis,
    memory: {
      entries: sumOf(({ entries }) => entries),
      bytes: sumOf(({ bytes }) => bytes),
      maxBytes: sumOf(({ maxBytes }) => maxBytes),
      evictions: sumOf(({ evictions }) => evictions),
    },
    loadsUnderWay: sum(all.map(({ loadsUnderWay }) => loadsUnderWay)),
  };
}

function latestReport(one: SchemaReport | undefined, other: SchemaReport | undefined): SchemaReport | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.checkedAt > one.checkedAt ? other : one;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
