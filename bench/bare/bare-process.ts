import fastifyPostgres from '@fastify/postgres';
import Fastify, { type FastifyInstance } from 'fastify';
import { Redis } from 'ioredis';
import type { BarePlan } from './bare-server.ts';
import { keepPromises } from './promised.ts';
import { JSON_TYPE, statementRoutes } from './routes.ts';

/** Fastify and nothing else, or nothing but promises, to hold Steadfast against: what it cannot do faster is not Steadfast's. */
async function bareServer(plan: BarePlan): Promise<FastifyInstance> {
  const app = Fastify();
  if (plan.promised !== undefined) keepPromises(app, plan.promised);
  if (plan.serves === 'text') {
    const { status, headers, body } = plan;
    app.all('*', (_request, reply) => reply.code(status).headers(headers).send(body));
  } else if (plan.serves === 'redis') {
    const redis = new Redis(plan.redisUrl);
    app.get('*', async ({ url }, reply) => {
      const body = await redis.getBuffer(plan.prefix + url);
      return reply
        .code(body === null ? 404 : 200)
        .type(JSON_TYPE)
        .send(body);
    });
  } else {
    await app.register(fastifyPostgres, {
      connectionString: plan.databaseUrl,
      options: plan.sessionOptions,
      max: plan.connections,
    });
    await app.register(statementRoutes);
  }
  return app;
}

process.once('message', (plan: BarePlan) => {
  void bareServer(plan)
    .then((app) => app.listen({ host: '127.0.0.1', port: 0 }))
    .then((origin) => process.send?.(origin));
});
// Whoever started us has what it wanted, or is gone.
process.once('disconnect', () => process.exit());
