import fp from 'fastify-plugin';

export type RequestObserver = {
  started(): void;
  /** Answered or abandoned: the request is under way no longer. */
  over(): void;
  /** The answer is out. Never called where the client went away before. */
  ended(method: string, route: string, status: number, seconds: number): void;
  /** The client went away before the answer. */
  aborted(): void;
};

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Tells the observer of every request, with labels that clients cannot multiply. */
export const requestMetrics = fp<{ observer: RequestObserver }>(
  async (app, { observer }) => {
    app.addHook('onRequest', (_request, reply, done) => {
      observer.started();
      // Fastify's onResponse waits for an answer that is wholly out; an abandoned one only closes.
      reply.raw.once('close', observer.over);
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
