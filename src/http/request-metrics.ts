import fp from 'fastify-plugin';
import { isEndless } from './requests-under-way.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where its answer comes from; null where no cache was asked. */
    cacheOutcome: CacheOutcome | null;
  }
}

/** The tier that had it; or `stale`: from either, because the database could not be asked. */
export type CacheOutcome = 'memory' | 'redis' | 'miss' | 'stale';

/** What is known of every request but the endless ones. */
export type RequestObserver = {
  /**
   * The answer is out. Never called where the client went away before. `cache` is null where no cache was asked.
   */
  ended(method: string, route: string, status: number, seconds: number, cache: CacheOutcome | null): void;
  /** The client went away before the answer. */
  aborted(): void;
};

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Tells the observer of every request, with labels that clients cannot multiply. */
export const requestMetrics = fp<{ observer: RequestObserver }>(
  async (app, { observer }) => {
    app.decorateRequest('cacheOutcome', null);
    app.addHook('onResponse', (request, reply, done) => {
      if (isEndless(request)) return done();
      const method = METHODS.has(request.method) ? request.method : '_OTHER';
      const route = request.routeOptions.url ?? '_UNKNOWN';
      observer.ended(method, route, reply.statusCode, reply.elapsedTime / 1000, request.cacheOutcome);
      done();
    });
    app.addHook('onRequestAbort', (request, done) => {
      if (!isEndless(request)) observer.aborted();
      done();
    });
  },
  { name: 'request-metrics', dependencies: ['requests-under-way'] },
);
