import type { FastifyPluginAsync } from 'fastify';
import Type from 'typebox';
import type { DatabaseConfig } from '../config/config.ts';
import type { Peers } from '../workers/peers.ts';
import { errorRoutes } from './errors/error-routes.ts';
import type { ErrorTracker } from './errors/error-tracker.ts';
import type { HealthSources } from './health.ts';
import { healthRoutes } from './health-routes.ts';
import type { LiveFeed } from './live/live-feed.ts';
import { liveRoutes } from './live/live-routes.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Performance } from './performance/performance.ts';
import { performanceRoutes } from './performance/performance-routes.ts';
import { RedisUsageWatch } from './redis-usage.ts';
import { SOURCES, wholeServer } from './whole-server.ts';

const metricsReply = {
  200: { description: 'the text format', content: { 'text/plain': { schema: Type.String() } } },
};

export type MonitoringOptions = {
  readonly metrics: Metrics;
  readonly performance: Performance;
  readonly errors: ErrorTracker;
  readonly feed: LiveFeed;
  /** Of this process. */
  readonly sources: () => HealthSources;
  /** The other workers of this server. */
  readonly peers: Peers;
  readonly acceptingTraffic: () => boolean;
  readonly config: DatabaseConfig;
};

/** What people and machines on call look at. It is made of what others last saw; /performance alone asks PostgreSQL. */
export const monitoring: FastifyPluginAsync<MonitoringOptions> = async (app, options) => {
  const { metrics, performance, errors, feed, sources, peers, acceptingTraffic, config } = options;
  const all = peers.share(SOURCES, sources);
  const whole = async () => wholeServer(await all());
  const redisUsage = new RedisUsageWatch(() => (app.cache.redisAvailable ? app.cache.redis : undefined));
  app.addHook('onReady', async () => redisUsage.start());
  app.addHook('onClose', async () => redisUsage.stop());
  metrics.observe({ own: sources, whole, lookups: () => app.cache.lookups, redisUsage: () => redisUsage.usage });

  await app.register(healthRoutes, { sources: whole, acceptingTraffic, config });
  await app.register(performanceRoutes, { performance, peers });
  await app.register(errorRoutes, { errors, peers });
  await app.register(liveRoutes, { feed });

  app.get(
    '/metrics',
    {
      schema: {
        tags: ['monitoring'],
        summary: 'Metrics for Prometheus',
        response: metricsReply,
      },
    },
    async (_request, reply) => {
      reply.header('content-type', metrics.registry.contentType).header('cache-control', 'no-store');
      return metrics.text();
    },
  );
};
