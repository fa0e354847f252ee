import type { FastifyRequest } from 'fastify';
import { viewerIn } from '../../http/authentication.ts';
import { Problem } from '../../http/problem.ts';
import { announced } from '../announced.ts';
import { articleFamily } from '../families.ts';
import { once } from '../idempotency.ts';
import { notFound } from '../not-found.ts';
import { deleteComment, insertComment } from './statements.ts';

const POSSIBLE_ID = /^\d{1,18}$/;

/** Returns the shared body of the new comment. @throws {Problem} not-found */
export async function create(request: FastifyRequest, slug: string, body: string): Promise<string> {
  const { id } = viewerIn(request);
  return announced(request, [articleFamily(slug)], () =>
    once(request, 'comments.create', async (change) => {
      const created = await change(insertComment, [slug, id, body]);
      if (created === null) throw notFound('article');
      return created;
    }),
  );
}

/** @throws {Problem} not-found, forbidden */
export async function remove(request: FastifyRequest, slug: string, commentId: string): Promise<void> {
  const { id } = viewerIn(request);
  const possibleId = POSSIBLE_ID.test(commentId) ? commentId : null;
  await announced(request, [articleFamily(slug)], async () => {
    const text = await request.database.write(deleteComment, [slug, possibleId, id]);
    const { article, mine } = JSON.parse(text ?? '{}') as { article: boolean; mine: boolean | null };
    if (!article) throw notFound('article');
    if (mine === null) throw notFound('comment');
    if (!mine) throw new Problem('forbidden', 'This comment belongs to somebody else.', { comment: ['forbidden'] });
  });
}
