import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { slugParams } from '../articles/schemas.ts';
import { cachedRead, sendNamed } from '../cached-read.ts';
import { articleFamily } from '../families.ts';
import { impossibleNameIsMissing } from '../parameters.ts';
import { sendWritten } from '../sent-body.ts';
import {
  BODY_REFUSALS,
  idempotencyKey,
  ifNoneMatch,
  NO_BODY_REFUSALS,
  rawReplies,
  readReplies,
  replies,
} from '../shapes.ts';
import { normaliseTexts } from '../texts.ts';
import { OWN_AND_NEW } from '../viewer-marks.ts';
import { commentReply, commentsReply, createBody } from './schemas.ts';
import { commentsBySlug } from './statements.ts';
import { create, remove } from './writing.ts';

const ofArticle = cachedRead(articleFamily, commentsBySlug, 'article');

/** Comments: reading, writing and deleting them. */
export const commentRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/articles/:slug/comments',
    {
      config: { access: 'optional' },
      schema: {
        tags: ['comments'],
        summary: 'Read the comments of an article',
        params: slugParams,
        headers: ifNoneMatch,
        response: readReplies(commentsReply, 400, 401, 404),
      },
    },
    (request, reply) => sendNamed(request, reply, ofArticle, request.params.slug),
  );

  app.post(
    '/articles/:slug/comments',
    {
      config: { access: 'required' },
      preValidation: [impossibleNameIsMissing('article'), normaliseTexts],
      schema: {
        tags: ['comments'],
        summary: 'Comment on an article; with an Idempotency-Key it may be repeated safely',
        params: slugParams,
        headers: idempotencyKey,
        body: createBody,
        response: rawReplies(201, commentReply, 401, 404, ...BODY_REFUSALS),
      },
    },
    async (request, reply) => {
      const text = await create(request, request.params.slug, request.body.comment.body);
      return sendWritten(request, reply, 201, text, OWN_AND_NEW);
    },
  );

  app.delete(
    '/articles/:slug/comments/:id',
    {
      config: { access: 'required' },
      preValidation: impossibleNameIsMissing('article'),
      schema: {
        tags: ['comments'],
        summary: 'Delete your comment',
        params: Type.Object({
          slug: slugParams.properties.slug,
          id: Type.String({ description: 'the id of the comment', examples: ['42'] }),
        }),
        response: replies(204, Type.Null({ description: 'deleted' }), 401, 403, 404, ...NO_BODY_REFUSALS),
      },
    },
    async (request, reply) => {
      await remove(request, request.params.slug, request.params.id);
      return reply.code(204).send(null);
    },
  );
};
