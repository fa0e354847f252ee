import { Registry } from 'prom-client';
import type { CacheObserver } from '../../cache/cache.ts';
import type { DatabaseObserver } from '../../database/plugin.ts';
import type { RequestObserver } from '../../http/request-metrics.ts';
import { assessHealth, type HealthSources } from '../health.ts';
import type { RedisUsage } from '../redis-usage.ts';
import { backupMetrics } from './backup-metrics.ts';
import { cacheMetrics, lookUpMetrics } from './cache-metrics.ts';
import { healthMetrics } from './health-metrics.ts';
import { type BuildInfo, processMetrics } from './process-metrics.ts';
import { requestMetrics } from './request-metrics.ts';
import { schemaMetrics } from './schema-metrics.ts';
import { serverMetrics } from './server-metrics.ts';
import { statementMetrics } from './statement-metrics.ts';

export type Metrics = {
  readonly registry: Registry;
  readonly requests: RequestObserver;
  readonly database: Pick<DatabaseObserver, 'statement' | 'waited' | 'shed' | 'breaker'>;
  readonly cache: Pick<CacheObserver, 'request' | 'revalidated'>;
  /** What is read at the moment of a scrape. */
  observe(sources: ScrapedSources): void;
};

export type ScrapedSources = {
  readonly current: () => HealthSources;
  readonly redisUsage: () => RedisUsage | undefined;
};

/** Every metric of Steadfast, by OpenTelemetry's names. Labels take only values from the code. */
export function createMetrics(build: BuildInfo): Metrics {
  const registry = new Registry();
  const registers = [registry];
  processMetrics(registry, build);
  return {
    registry,
    requests: requestMetrics(registers),
    database: statementMetrics(registers),
    cache: lookUpMetrics(registers),
    observe({ current, redisUsage }) {
      serverMetrics(registers, () => current().database);
      cacheMetrics(registers, () => current().cache, redisUsage);
      healthMetrics(registers, () => assessHealth(current()));
      schemaMetrics(registers, () => current().schema);
      backupMetrics(registers, () => current().schema?.backups);
    },
  };
}
