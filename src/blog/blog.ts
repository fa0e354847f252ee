import type { FastifyPluginAsync } from 'fastify';
import { Problem } from '../http/problem.ts';
import { articleRoutes } from './articles/routes.ts';
import { commentRoutes } from './comments/routes.ts';
import { profileRoutes } from './profiles/routes.ts';
import { tagRoutes } from './tags/routes.ts';

export type BlogOptions = {
  /** What is the matter with the database's schema and what to type, or undefined when nothing is. */
  readonly schemaProblem: () => string | undefined;
};

/** The RealWorld API. While the schema is not the one this code was written for, none of it answers. */
export const blog: FastifyPluginAsync<BlogOptions> = async (app, { schemaProblem }) => {
  app.addHook('onRequest', (_request, _reply, done) => {
    const message = schemaProblem();
    if (message === undefined) done();
    else done(new Problem('schema-invalid', message, { schema: ['is not valid'] }, { retryAfterSeconds: 10 }));
  });
  await app.register(articleRoutes);
  await app.register(commentRoutes);
  await app.register(profileRoutes);
  await app.register(tagRoutes);
};
