import fp from 'fastify-plugin';

export type RequestObserver = {
  started(): void;
  ended(method: string, route: string, status: number, seconds: number): void;
  /** The client went away before the answer. */
  aborted(): void;
};

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Tells the observer of every request, with labels that clients cannot multiply. */
export const requestMetrics = fp<{ observer: RequestObserver }>(
  async (app, { observer }) => {
    app.addHook('onRequest', (_request, _reply, done) => {
      observer.started();
      done();
    });
    app.addHook('onResponse', (request, reply, done) => {
      const method = METHODS.has(request.method) ? request.method : '_OTHER';
      const route = request.routeOptions.url ?? '_UNKNOWN';
      observer.ended(method, route, reply.statusCode, reply.elapsedTime / 1000);
      done();
    });
    app.addHook('onRequestAbort', (_request, done) => {
      observer.aborted();
      done();
    });
  },
  { name: 'request-metrics' },
);
