import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { viewerIn } from '../../http/authentication.ts';
import { Problem } from '../../http/problem.ts';
import type { LoginLimits } from '../../http/rate-limits.ts';
import type { Tokens } from '../../http/tokens.ts';
import { cacheOutcome, cacheStatus } from '../cache-status.ts';
import { BODY_REFUSALS, replies } from '../shapes.ts';
import { normaliseTexts } from '../texts.ts';
import { type Account, currentAccount, findLogin, logIn, register, update } from './accounts.ts';
import { loginBody, registerBody, updateBody, userReply } from './schemas.ts';

export type UserRoutesOptions = { readonly tokens: Tokens; readonly limits: LoginLimits };

/** Accounts: registration, login, and one's own. */
export const userRoutes: FastifyPluginAsyncTypebox<UserRoutesOptions> = async (app, { tokens, limits }) => {
  // Answers carry tokens and addresses: nobody between us and the client may keep them (RFC 9111, section 5.2.2.5).
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });

  const issue = ({ id, version }: Account) => tokens.issue({ userId: id, version });

  app.post(
    '/users',
    {
      config: { access: 'public' },
      preValidation: normaliseTexts,
      schema: {
        tags: ['users'],
        summary: 'Register',
        body: registerBody,
        response: replies(201, userReply, 409, ...BODY_REFUSALS),
      },
    },
    async (request, reply) => {
      await limits.countAttempt(request, reply);
      const account = await register(request, request.body.user);
      return reply.code(201).send(userBody(account, issue(account)));
    },
  );

  app.post(
    '/users/login',
    {
      config: { access: 'public' },
      preValidation: normaliseTexts,
      schema: {
        tags: ['users'],
        summary: 'Log in',
        body: loginBody,
        response: replies(200, userReply, 401, ...BODY_REFUSALS),
      },
    },
    async (request, reply) => {
      const { user } = request.body;
      await limits.countAttempt(request, reply);
      const login = await findLogin(request, user.email);
      // By the account itself, because one address can be spelled in more than one way.
      const guessed = login?.account.id ?? user.email;
      await limits.countGuess(guessed, reply);
      const account = await logIn(request, login, user.password).catch(async (error: unknown) => {
        await limits.forgiveGuess(guessed);
        throw error;
      });
      if (account === undefined) {
        throw new Problem('unauthenticated', 'The email address or the password is wrong.', {
          credentials: ['invalid'],
        });
      }
      await limits.forgiveGuess(guessed);
      return reply.send(userBody(account, issue(account)));
    },
  );

  app.get(
    '/user',
    {
      config: { access: 'required' },
      schema: { tags: ['users'], summary: 'Read your own account', response: replies(200, userReply, 401) },
    },
    async (request, reply) => {
      const { id, token } = viewerIn(request);
      const { account, answer } = await currentAccount(request, id);
      request.cacheOutcome = cacheOutcome(answer, app.database.accepting);
      reply.header('cache-status', cacheStatus(answer, request.cacheOutcome));
      return reply.send(userBody(account, token));
    },
  );

  app.put(
    '/user',
    {
      config: { access: 'required' },
      preValidation: normaliseTexts,
      schema: {
        tags: ['users'],
        summary: 'Change your own account; a new password ends all other sessions',
        body: updateBody,
        response: replies(200, userReply, 401, 409, ...BODY_REFUSALS),
      },
    },
    async (request, reply) => {
      const viewer = viewerIn(request);
      const { user } = request.body;
      const account = await update(request, viewer, user);
      return reply.send(userBody(account, user.password === undefined ? viewer.token : issue(account)));
    },
  );
};

function userBody({ email, username, bio, image }: Account, token: string) {
  return { user: { email, token, username, bio, image } };
}
