import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { impossibleNameIsMissing } from '../parameters.ts';
import { sendWritten } from '../sent-body.ts';
import { BODY_REFUSALS, idempotencyKey, ifMatch, NO_BODY_REFUSALS, rawReplies, replies } from '../shapes.ts';
import { normaliseTexts } from '../texts.ts';
import { OWN_AND_NEW } from '../viewer-marks.ts';
import { articleReply, createBody, slugParams, updateBody } from './schemas.ts';
import { change, create, remove, setFavorite } from './writing.ts';

/** Writing articles, and liking them. */
export const articleWritingRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/articles',
    {
      config: { access: 'required' },
      preValidation: normaliseTexts,
      schema: {
        tags: ['articles'],
        summary: 'Publish an article; with an Idempotency-Key it may be repeated safely',
        headers: idempotencyKey,
        body: createBody,
        response: rawReplies(201, articleReply, 401, ...BODY_REFUSALS),
      },
    },
    async (request, reply) =>
      sendWritten(request, reply, 201, await create(request, request.body.article), OWN_AND_NEW),
  );

  app.put(
    '/articles/:slug',
    {
      config: { access: 'required' },
      preValidation: [impossibleNameIsMissing('article'), normaliseTexts],
      schema: {
        tags: ['articles'],
        summary: 'Change your article; with If-Match only if nobody else did meanwhile',
        headers: ifMatch,
        params: slugParams,
        body: updateBody,
        response: rawReplies(200, articleReply, 401, 403, 404, 412, ...BODY_REFUSALS),
      },
    },
    async (request, reply) =>
      sendWritten(request, reply, 200, await change(request, request.params.slug, request.body.article)),
  );

  app.delete(
    '/articles/:slug',
    {
      config: { access: 'required' },
      preValidation: impossibleNameIsMissing('article'),
      schema: {
        tags: ['articles'],
        summary: 'Delete your article, with its comments; with If-Match only if nobody changed it meanwhile',
        headers: ifMatch,
        params: slugParams,
        response: replies(204, Type.Null({ description: 'deleted' }), 401, 403, 404, 412, ...NO_BODY_REFUSALS),
      },
    },
    async (request, reply) => {
      await remove(request, request.params.slug);
      return reply.code(204).send(null);
    },
  );

  for (const [method, favorited, summary] of [
    ['POST', true, 'Like an article'],
    ['DELETE', false, 'Like it no longer'],
  ] as const) {
    app.route({
      method,
      url: '/articles/:slug/favorite',
      config: { access: 'required' },
      preValidation: impossibleNameIsMissing('article'),
      schema: {
        tags: ['articles'],
        summary,
        params: slugParams,
        response: rawReplies(200, articleReply, 401, 404, ...NO_BODY_REFUSALS),
      },
      handler: async (request, reply) => {
        const { text, following } = await setFavorite(request, request.params.slug, favorited);
        return sendWritten(request, reply, 200, text, { favorited, following });
      },
    });
  }
};
