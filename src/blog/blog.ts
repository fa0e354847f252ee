import type { FastifyPluginAsync } from 'fastify';
import type { Config } from '../config/config.ts';
import type { LimitedAddress } from '../http/addresses.ts';
import { authentication } from '../http/authentication.ts';
import { jsonBodies } from '../http/json-bodies.ts';
import { Problem } from '../http/problem.ts';
import { loginLimits, refusalBeyondLimit } from '../http/rate-limits.ts';
import { Tokens } from '../http/tokens.ts';
import { validatorFor } from '../http/validation.ts';
import { articleRoutes } from './articles/routes.ts';
import { articleWritingRoutes } from './articles/writing-routes.ts';
import { commentRoutes } from './comments/routes.ts';
import { profileRoutes } from './profiles/routes.ts';
import { tagRoutes } from './tags/routes.ts';
import { normaliseParameters } from './texts.ts';
import { userRoutes } from './users/routes.ts';
import { isSessionValid } from './users/sessions.ts';

export type BlogOptions = {
  readonly config: Pick<Config, 'tokens' | 'rateLimits'>;
  /** What keys of ours in Redis begin with. */
  readonly keyPrefix: string;
  readonly limitedAddress: LimitedAddress;
  /** What is the matter with the database's schema and what to type, or undefined when nothing is. */
  readonly schemaProblem: () => string | undefined;
};

/** The RealWorld API. While the schema is not the one this code was written for, none of it answers. */
export const blog: FastifyPluginAsync<BlogOptions> = async (app, options) => {
  const { config, keyPrefix, limitedAddress, schemaProblem } = options;
  const tokens = new Tokens(config.tokens);
  const limits = loginLimits(app.cache.redis, keyPrefix, config.rateLimits, limitedAddress);

  app.decorateRequest('origins', null);
  app.setValidatorCompiler(validatorFor);
  await app.register(jsonBodies);
  app.addHook('onRequest', (request, reply, done) => {
    done(refusalBeyondLimit(reply, app.spendRequest(request.raw)));
  });
  app.addHook('onRequest', (_request, _reply, done) => {
    const message = schemaProblem();
    if (message === undefined) done();
    else done(new Problem('schema-invalid', message, { schema: ['is not valid'] }, { retryAfterSeconds: 10 }));
  });
  await app.register(authentication, {
    tokens,
    // Without a primary a change would be in vain: its session need not be looked up.
    refusalOfChange: (request) => request.database.refusalOfChanges(),
    isSessionValid,
  });
  app.addHook('preValidation', normaliseParameters);

  await app.register(userRoutes, { tokens, limits });
  await app.register(profileRoutes);
  await app.register(articleRoutes);
  await app.register(articleWritingRoutes);
  await app.register(commentRoutes);
  await app.register(tagRoutes);
};
