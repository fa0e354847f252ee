import { Counter, type Registry } from 'prom-client';
import type { CacheObserver, CacheSnapshot } from '../../cache/cache.ts';
import type { Lookups } from '../../cache/lookups.ts';
import type { RedisUsage } from '../redis-usage.ts';
import { type Reading, scrapedCounter, scrapedGauge } from './scraped.ts';

export function revalidationMetrics(registers: Registry[]): Pick<CacheObserver, 'revalidated'> {
  const revalidations = new Counter({
    name: 'cache_revalidations_total',
    help: 'Answers loaded anew in the background, ahead of time: loaded, found in Redis by then, or failed',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['loaded', 'found', 'failed']) revalidations.inc({ result }, 0);
  return { revalidated: (result) => revalidations.inc({ result }) };
}

/** What the tiers were asked for, of one process. */
export function lookupMetrics(registers: Registry[], lookups: () => Lookups): void {
  scrapedCounter(registers, {
    name: 'cache_requests_total',
    help:
      'Look-ups in the cache, by tier and result; bypass is a Redis that is away or did not answer, ' +
      'skipped one that had nothing a moment ago while nothing can be loaded',
    labels: ['cache', 'result'],
    read: () =>
      Object.entries(lookups()).flatMap(([tier, results]) =>
        Object.entries(results).map(([result, count]): Reading => [count, { cache: tier, result }]),
      ),
  });
}

/** How full both tiers are. Of Redis it is the whole server, whoever uses it besides us; absent while it is away. */
export function cacheMetrics(
  registers: Registry[],
  cache: () => CacheSnapshot,
  redis: () => RedisUsage | undefined,
): void {
  const ofBoth = (read: (tier: RedisUsage) => number) => (): Reading[] => {
    const usage = redis();
    return [
      [read(cache().memory), { cache: 'memory' }],
      [usage && read(usage), { cache: 'redis' }],
    ];
  };
  scrapedGauge(registers, {
    name: 'cache_entries',
    help: 'Entries in the memory of the process (of all workers), and keys in Redis',
    labels: ['cache'],
    read: ofBoth(({ entries }) => entries),
  });
  scrapedGauge(registers, {
    name: 'cache_size_bytes',
    help: 'Size of the entries in memory, and memory that Redis uses',
    labels: ['cache'],
    read: ofBoth(({ bytes }) => bytes),
  });
  scrapedGauge(registers, {
    name: 'cache_max_size_bytes',
    help: 'How large each may become (CACHE_MEMORY_BYTES, and maxmemory of Redis); 0 is no cache and no bound',
    labels: ['cache'],
    read: ofBoth(({ maxBytes }) => maxBytes),
  });
  scrapedGauge(registers, {
    name: 'cache_redis_up',
    help: '1 while Redis can be used, else 0',
    read: () => [[cache().redis.state === 'up']],
  });
  scrapedGauge(registers, {
    name: 'cache_redis_since_timestamp_seconds',
    help: 'When Redis last came or went',
    read: () => [[cache().redis.since.getTime() / 1000]],
  });
  scrapedGauge(registers, {
    name: 'cache_loads_under_way',
    help: 'Loads that somebody waits for or that go on in the background',
    read: () => [[cache().loadsUnderWay]],
  });
}

/** Of several processes each has a memory of its own, and all have one Redis. */
export function evictionMetrics(
  { memory, redis }: { readonly memory: Registry; readonly redis: Registry },
  cache: () => CacheSnapshot,
  usage: () => RedisUsage | undefined,
): void {
  const inMemory = (): Reading => [cache().memory.evictions, { cache: 'memory' }];
  const inRedis = (): Reading => [usage()?.evictions, { cache: 'redis' }];
  const metric = {
    name: 'cache_evictions_total',
    help: 'Entries that were given up for want of room',
    labels: ['cache'],
  };
  if (memory === redis) {
    scrapedCounter([memory], { ...metric, read: () => [inMemory(), inRedis()] });
  } else {
    scrapedCounter([memory], { ...metric, read: () => [inMemory()] });
    scrapedCounter([redis], { ...metric, read: () => [inRedis()] });
  }
}
