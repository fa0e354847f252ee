import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /** Where the duration of such an answer is told. */
    readonly requestSeries: RequestObserver['series'];
  }
  interface FastifyRequest {
    /** Where its answer comes from; null where no cache was asked. */
    cacheOutcome: CacheOutcome | null;
  }
}

/** The tier that had it; or `stale`: from either, because the database could not be asked. */
export type CacheOutcome = 'memory' | 'redis' | 'miss' | 'stale';

/** Is told how long an answer took, in seconds, when it is out: never where the client went away before. */
export type RequestSeries = (seconds: number) => void;

export type RequestObserver = {
  /** Answers that are alike in this; `cache` is null where no cache was asked. */
  series(method: string, route: string, status: number, cache: CacheOutcome | null): RequestSeries;
};

/** What requests are counted under that have no route. */
export const NO_ROUTE = '_UNKNOWN';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Tells the observer of every request but the endless ones, with labels that clients cannot multiply. */
export const requestMetrics = fp<{ observer: RequestObserver }>(
  async (app, { observer }) => {
    const known = new Map<string, RequestSeries>();
    app.decorate('requestSeries', (given, route, status, cache) => {
      const method = METHODS.has(given) ? given : '_OTHER';
      const name = `${method} ${route} ${status} ${cache}`;
      const series = known.get(name) ?? observer.series(method, route, status, cache);
      known.set(name, series);
      return series;
    });
    app.decorateRequest('cacheOutcome', null);
    app.addHook('onResponse', (request, reply, done) => {
      const { url = NO_ROUTE, endless } = request.routeConfig;
      if (endless === true) return done();
      app.requestSeries(request.method, url, reply.statusCode, request.cacheOutcome)(reply.elapsedTime / 1000);
      done();
    });
  },
  { name: 'request-metrics', dependencies: ['route-config'] },
);
