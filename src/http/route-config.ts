import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyRequest {
    /** What its route declares; without a `url` where there is no such route. */
    routeConfig: FastifyContextConfig & { readonly url?: string };
  }
}

/** Fastify makes up `routeOptions` each time anyone looks at them: this is the one look that a request needs. */
export const routeConfig = fp(
  async (app) => {
    app.decorateRequest('routeConfig');
    app.addHook('onRequest', (request, _reply, done) => {
      request.routeConfig = request.routeOptions.config;
      done();
    });
  },
  { name: 'route-config' },
);
