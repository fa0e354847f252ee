import fp from 'fastify-plugin';
import { Cache, type CacheOptions } from './cache.ts';

declare module 'fastify' {
  interface FastifyInstance {
    cache: Cache;
  }
}

/** The one cache of the process. */
export const cachePlugin = fp<CacheOptions>(
  async (app, options) => {
    const cache = new Cache(options);
    app.decorate('cache', cache);
    app.addHook('onClose', () => cache.stop());
  },
  { name: 'cache' },
);
