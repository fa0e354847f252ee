import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { cachedRead, sendNamed } from '../cached-read.ts';
import { profile, readReplies } from '../shapes.ts';
import { profileByUsername } from './statements.ts';

const params = Type.Object({ username: Type.String({ examples: ['ines'] }) });
const one = cachedRead('profiles', profileByUsername, 'profile');

/** Reading profiles. */
export const profileRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/profiles/:username',
    {
      schema: {
        tags: ['profiles'],
        summary: 'Read the profile of a person',
        params,
        response: readReplies(Type.Object({ profile }), 404),
      },
    },
    (request, reply) => sendNamed(request, reply, one, request.params.username),
  );
};
