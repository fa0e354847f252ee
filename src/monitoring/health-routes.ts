import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { DatabaseConfig } from '../config/config.ts';
import { isDatabaseUsable } from './database-checks.ts';
import { databaseReport, databaseReportSchema, withoutPlaces } from './database-report.ts';
import { assessHealth, type HealthSources } from './health.ts';
import { aliveSchema, healthSchema, readySchema } from './schemas.ts';

export type HealthRoutesOptions = {
  /** Of the whole server. */
  readonly sources: () => Promise<HealthSources>;
  readonly config: DatabaseConfig;
  /** True from the end of the start-up checks until draining begins. */
  readonly acceptingTraffic: () => boolean;
};

/** One truth, three questions: is the process alive, may traffic come, is everything well? */
export const healthRoutes: FastifyPluginAsyncTypebox<HealthRoutesOptions> = async (app, options) => {
  const { sources, config, acceptingTraffic } = options;
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });

  for (const url of ['/health/ping', '/livez']) {
    app.get(
      url,
      { schema: { tags: ['health'], summary: 'Is the process alive? Asks nobody', response: aliveSchema } },
      async () => ({ status: 'ok' as const, message: 'pong' as const }),
    );
  }

  app.get(
    '/readyz',
    { schema: { tags: ['health'], summary: 'May traffic come here?', response: readySchema } },
    async (_request, reply) => {
      if (!acceptingTraffic()) return reply.code(503).send({ status: 'not ready', message: 'starting or ending' });
      const current = await sources();
      if (current.schema?.valid === false) {
        return reply.code(503).send({ status: 'not ready', message: current.schema.message });
      }
      const canAnswer =
        isDatabaseUsable(current.database) ||
        current.database.replicas.some(({ usable }) => usable) ||
        current.cache.redis.state === 'up' ||
        current.cache.memory.entries > 0;
      if (canAnswer) return reply.send({ status: 'ready', message: 'requests are answered' });
      const message = 'neither PostgreSQL nor any replica or cached answer is at hand';
      return reply.code(503).send({ status: 'not ready', message });
    },
  );

  app.get(
    '/health',
    { schema: { tags: ['health'], summary: 'Is everything well?', response: healthSchema } },
    async (_request, reply) => {
      const report = assessHealth(await sources());
      return reply.code(report.status === 'critical' ? 503 : 200).send(report);
    },
  );

  for (const url of ['/health/database', '/api/monitoring/database/health']) {
    app.get(
      url,
      {
        schema: {
          tags: ['health'],
          summary: 'How is the database?',
          response: databaseReportSchema,
        },
      },
      async (request, reply) => {
        const current = await sources();
        const usable = isDatabaseUsable(current.database) && current.schema?.valid === true;
        const report = databaseReport(current, config);
        return reply.code(usable ? 200 : 503).send(app.maySeeMonitoring(request) ? report : withoutPlaces(report));
      },
    );
  }
};
