import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { viewerIn } from '../../http/authentication.ts';
import { announced } from '../announced.ts';
import { cachedRead, sendNamed } from '../cached-read.ts';
import { marksFamily } from '../families.ts';
import { notFound } from '../not-found.ts';
import { impossibleNameIsMissing } from '../parameters.ts';
import { sendWritten } from '../sent-body.ts';
import { ifNoneMatch, NO_BODY_REFUSALS, profile, rawReplies, readReplies } from '../shapes.ts';
import { follow, profileByUsername, unfollow } from './statements.ts';

const params = Type.Object({ username: Type.String({ examples: ['tom'] }) });
const profileReply = Type.Object({ profile }, { description: 'the person, as you see them' });
const one = cachedRead('profiles', profileByUsername, 'profile');

/** Profiles: reading and following them. */
export const profileRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/profiles/:username',
    {
      config: { access: 'optional' },
      schema: {
        tags: ['profiles'],
        summary: 'Read the profile of a person',
        params,
        headers: ifNoneMatch,
        response: readReplies(profileReply, 400, 401, 404),
      },
    },
    (request, reply) => sendNamed(request, reply, one, request.params.username),
  );

  for (const [method, following, statement, summary, others] of [
    ['POST', true, follow, 'Follow a person', [422]],
    ['DELETE', false, unfollow, 'Follow them no longer', []],
  ] as const) {
    app.route({
      method,
      url: '/profiles/:username/follow',
      config: { access: 'required' },
      preValidation: impossibleNameIsMissing('profile'),
      schema: {
        tags: ['profiles'],
        summary,
        params,
        response: rawReplies(200, profileReply, 401, 404, ...NO_BODY_REFUSALS, ...others),
      },
      handler: async (request, reply) => {
        const { id } = viewerIn(request);
        const text = await announced(request, ['feeds', marksFamily(id)], () =>
          request.database.write(statement, [request.params.username, id]),
        );
        if (text === null) throw notFound('profile');
        return sendWritten(request, reply, 200, text, { favorited: false, following });
      },
    });
  }
};
