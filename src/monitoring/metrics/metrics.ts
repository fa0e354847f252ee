import { Registry } from 'prom-client';
import type { CacheObserver } from '../../cache/cache.ts';
import type { Lookups } from '../../cache/lookups.ts';
import type { DatabaseObserver } from '../../database/plugin.ts';
import type { RequestObserver } from '../../http/request-metrics.ts';
import type { Peers } from '../../workers/peers.ts';
import { assessHealth, type HealthSources } from '../health.ts';
import type { RedisUsage } from '../redis-usage.ts';
import { backupMetrics } from './backup-metrics.ts';
import { cacheMetrics, evictionMetrics, lookupMetrics, revalidationMetrics } from './cache-metrics.ts';
import { healthMetrics } from './health-metrics.ts';
import { type BuildInfo, processMetrics } from './process-metrics.ts';
import { requestMetrics } from './request-metrics.ts';
import { schemaMetrics } from './schema-metrics.ts';
import { serverMetrics } from './server-metrics.ts';
import { statementMetrics } from './statement-metrics.ts';
import { inAllWorkers, together } from './worker-series.ts';
import { workersMetrics } from './workers-metrics.ts';

export type Metrics = {
  /** What this process counts. */
  readonly registry: Registry;
  readonly requests: RequestObserver;
  readonly database: Pick<DatabaseObserver, 'statement' | 'waited' | 'shed' | 'breaker'>;
  readonly cache: Pick<CacheObserver, 'revalidated'>;
  /** What is read at the moment of a scrape. */
  observe(sources: ScrapedSources): void;
  /** Everything, of all workers, as Prometheus reads it. */
  text(): Promise<string>;
};

export type ScrapedSources = {
  /** Of this process, and of all workers. */
  readonly own: () => HealthSources;
  readonly whole: () => Promise<HealthSources>;
  /** Of this process. */
  readonly lookups: () => Lookups;
  readonly redisUsage: () => RedisUsage | undefined;
};

/**
 * Every metric of Steadfast, by OpenTelemetry's names. Labels take only values from the code. What the processes count is
 * added up; what is read of the whole server is read once, by the one that is asked.
 */
export function createMetrics(build: BuildInfo, peers: Peers): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const ofTheWhole = peers.count === 1 ? registry : new Registry();
  const allSeries = inAllWorkers(peers, registry);
  let look = async () => {};
  processMetrics(registry, build);
  return {
    registry,
    requests: requestMetrics(registers),
    database: statementMetrics(registers),
    cache: revalidationMetrics(registers),
    observe({ own, whole, lookups, redisUsage }) {
      let seen: HealthSources | undefined;
      look = async () => {
        seen = await whole();
      };
      const current = () => seen ?? own();
      serverMetrics([ofTheWhole], () => current().database);
      cacheMetrics([ofTheWhole], () => current().cache, redisUsage);
      lookupMetrics(registers, lookups);
      evictionMetrics({ memory: registry, redis: ofTheWhole }, () => own().cache, redisUsage);
      healthMetrics([ofTheWhole], () => assessHealth(current()));
      schemaMetrics([ofTheWhole], () => current().schema);
      backupMetrics([ofTheWhole], () => current().schema?.backups);
      if (ofTheWhole !== registry) workersMetrics([ofTheWhole], () => current().workers);
    },
    async text() {
      if (ofTheWhole === registry) {
        await look();
        return registry.metrics();
      }
      const [series] = await Promise.all([allSeries(), look()]);
      return together([...series, await ofTheWhole.getMetricsAsJSON()]);
    },
  };
}
