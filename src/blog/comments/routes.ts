import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { slugParams } from '../articles/schemas.ts';
import { cachedRead, sendNamed } from '../cached-read.ts';
import { readReplies } from '../shapes.ts';
import { commentsReply } from './schemas.ts';
import { commentsBySlug } from './statements.ts';

const ofArticle = cachedRead('comments', commentsBySlug, 'article');

/** Reading comments. */
export const commentRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/articles/:slug/comments',
    {
      schema: {
        tags: ['comments'],
        summary: 'Read the comments of an article',
        params: slugParams,
        response: readReplies(commentsReply, 404),
      },
    },
    (request, reply) => sendNamed(request, reply, ofArticle, request.params.slug),
  );
};
