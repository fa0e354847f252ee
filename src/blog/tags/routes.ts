import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { cachedRead, sendRead } from '../cached-read.ts';
import { ifNoneMatch, readReplies } from '../shapes.ts';
import { listTags } from './statements.ts';

const tagsReply = Type.Object(
  { tags: Type.Array(Type.String(), { description: 'the most used first', examples: [['on-call', 'databases']] }) },
  { description: 'all that are in use' },
);
const all = cachedRead('tags', listTags);

/** Reading tags. */
export const tagRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/tags',
    {
      config: { access: 'public' },
      schema: {
        tags: ['tags'],
        summary: 'List the tags in use',
        headers: ifNoneMatch,
        response: readReplies(tagsReply),
      },
    },
    (request, reply) => sendRead(request, reply, all, []),
  );
};
