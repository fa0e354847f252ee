import fastifyPostgres from '@fastify/postgres';
import Fastify, { type FastifyInstance } from 'fastify';
import { articleBySlug, listByAuthor } from '../../src/blog/articles/statements.ts';
import type { Statement, StatementValue } from '../../src/database/statement.ts';
import type { BarePlan } from './bare-server.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Fastify and nothing else, to hold Steadfast against: what it cannot do faster is not Steadfast's. */
async function bareServer(plan: BarePlan): Promise<FastifyInstance> {
  const app = Fastify();
  if (plan.serves === 'refusals') {
    const { status, headers, body } = plan;
    app.all('*', (_request, reply) => reply.code(status).headers(headers).send(body));
    return app;
  }
  const { databaseUrl, sessionOptions, connections } = plan;
  await app.register(fastifyPostgres, {
    connectionString: databaseUrl,
    options: sessionOptions,
    max: connections,
  });
  const answer = async ({ name, text }: Statement, values: StatementValue[]) => {
    const { rows } = await app.pg.query<[string | null]>({ name, text, values, rowMode: 'array' });
    return rows[0]?.[0] ?? undefined;
  };
  app.get<{ Params: { slug: string } }>('/api/articles/:slug', async ({ params }, reply) =>
    reply.type(JSON_TYPE).send(await answer(articleBySlug, [params.slug])),
  );
  app.get<{ Querystring: { author: string; limit: string } }>('/api/articles', async ({ query }, reply) =>
    reply.type(JSON_TYPE).send(await answer(listByAuthor, [query.limit, 0, null, null, query.author])),
  );
  return app;
}

process.once('message', (plan: BarePlan) => {
  void bareServer(plan)
    .then((app) => app.listen({ host: '127.0.0.1', port: 0 }))
    .then((origin) => process.send?.(origin));
});
// Whoever started us has what it wanted, or is gone.
process.once('disconnect', () => process.exit());
