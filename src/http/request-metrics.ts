import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer goes on until the client leaves: how long it took says nothing. */
    readonly endless?: boolean;
  }
}

/** `stale` came from the cache because the database could not be asked. */
export type CacheOutcome = 'hit' | 'miss' | 'stale';

/** What is known of every request but the endless ones. */
export type RequestObserver = {
  started(): void;
  /** Answered or abandoned: the request is under way no longer. */
  over(): void;
  /**
   * The answer is out. Never called where the client went away before. `cache` is undefined where no cache was asked.
   */
  ended(method: string, route: string, status: number, seconds: number, cache: CacheOutcome | undefined): void;
  /** The client went away before the answer. */
  aborted(): void;
};

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Tells the observer of every request, with labels that clients cannot multiply. */
export const requestMetrics = fp<{ observer: RequestObserver }>(
  async (app, { observer }) => {
    app.addHook('onRequest', (request, reply, done) => {
      if (isEndless(request)) return done();
      observer.started();
      // Fastify's onResponse waits for an answer that is wholly out; an abandoned one only closes.
      reply.raw.once('close', observer.over);
      done();
    });
    app.addHook('onResponse', (request, reply, done) => {
      if (isEndless(request)) return done();
      const method = METHODS.has(request.method) ? request.method : '_OTHER';
      const route = request.routeOptions.url ?? '_UNKNOWN';
      observer.ended(method, route, reply.statusCode, reply.elapsedTime / 1000, cacheOutcome(reply));
      done();
    });
    app.addHook('onRequestAbort', (request, done) => {
      if (!isEndless(request)) observer.aborted();
      done();
    });
  },
  { name: 'request-metrics' },
);

function isEndless({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config?.endless === true;
}

function cacheOutcome(reply: FastifyReply): CacheOutcome | undefined {
  const status = reply.getHeader('cache-status');
  if (typeof status !== 'string') return undefined;
  if (status.endsWith('detail=stale-if-error')) return 'stale';
  return status.includes('; hit') ? 'hit' : 'miss';
}
