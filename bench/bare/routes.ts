import type { FastifyInstance, FastifyReply } from 'fastify';
import type { PoolClient } from 'pg';
import { articleBySlug, listByAuthor } from '../../src/blog/articles/statements.ts';
import { favoriteArticle, insertArticle } from '../../src/blog/articles/writing-statements.ts';
import { insertComment } from '../../src/blog/comments/statements.ts';
import { firstLine } from '../../src/blog/shared-body.ts';
import type { Statement, StatementValue } from '../../src/database/statement.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Who writes, by id: a bare handler has no tokens. */
export const VIEWER_HEADER = 'viewer';

type Slug = { Params: { slug: string } };
type NewArticle = { title: string; description: string; body: string; tagList: string[] };

/** Two reads and three writes, by the statements and in the transactions that Steadfast uses, and nothing else. */
export async function statementRoutes(app: FastifyInstance): Promise<void> {
  const ask = async (from: Pick<PoolClient, 'query'>, { name, text }: Statement, values: StatementValue[]) => {
    const { rows } = await from.query<[string | null]>({ name, text, values, rowMode: 'array' });
    const body = rows[0]?.[0] ?? undefined;
    return body === undefined ? undefined : firstLine(body);
  };
  const found = (reply: FastifyReply, body: string | undefined) =>
    reply
      .code(body === undefined ? 404 : 200)
      .type(JSON_TYPE)
      .send(body);
  app.get<Slug>('/api/articles/:slug', async ({ params }, reply) =>
    found(reply, await ask(app.pg, articleBySlug, [params.slug])),
  );
  app.get<{ Querystring: { author: string; limit: string } }>('/api/articles', async ({ query }, reply) =>
    found(reply, await ask(app.pg, listByAuthor, [query.limit, 0, null, null, query.author])),
  );

  app.post<{ Body: { article: NewArticle } }>('/api/articles', async ({ body, headers }, reply) => {
    const { title, description, body: text, tagList } = body.article;
    const slug = title.toLowerCase().replaceAll(' ', '-');
    const viewer = String(headers[VIEWER_HEADER]);
    const written = await ask(app.pg, insertArticle, [slug, title, description, text, tagList, viewer]);
    return reply.code(201).type(JSON_TYPE).send(written);
  });
  app.post<Slug>('/api/articles/:slug/favorite', async ({ params, headers }, reply) => {
    const written = await app.pg.transact(async (client) => {
      await ask(client, favoriteArticle, [params.slug, String(headers[VIEWER_HEADER])]);
      return ask(client, articleBySlug, [params.slug]);
    });
    return reply.type(JSON_TYPE).send(written);
  });
  app.post<Slug & { Body: { comment: { body: string } } }>(
    '/api/articles/:slug/comments',
    async ({ params, headers, body }, reply) => {
      const values = [params.slug, String(headers[VIEWER_HEADER]), body.comment.body];
      const written = await ask(app.pg, insertComment, values);
      return reply.code(201).type(JSON_TYPE).send(written);
    },
  );
}
