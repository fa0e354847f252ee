import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer goes on until the client leaves: how long it took says nothing. */
    readonly endless?: boolean;
  }
  interface FastifyInstance {
    readonly requestsUnderWay: RequestsUnderWay;
  }
}

/** Requests that came and whose answer is neither out nor abandoned. */
export type RequestsUnderWay = {
  /** Those that end. */
  readonly ordinary: number;
  readonly endless: number;
  /** When the last one began or ended, in milliseconds since 1970. */
  readonly lastChange: number;
};

/** Counts for everybody who wants to know: a listener on each answer is dear where an answer costs little. */
export const requestsUnderWay = fp(
  async (app) => {
    const underWay = { ordinary: 0, endless: 0, lastChange: Date.now() };
    const count = (kind: 'ordinary' | 'endless', change: 1 | -1) => {
      underWay[kind] += change;
      underWay.lastChange = Date.now();
    };
    const over = { ordinary: () => count('ordinary', -1), endless: () => count('endless', -1) };
    app.decorate('requestsUnderWay', underWay);
    app.addHook('onRequest', (request, reply, done) => {
      const kind = isEndless(request) ? 'endless' : 'ordinary';
      count(kind, 1);
      // Fastify's onResponse waits for an answer that is wholly out; an abandoned one only closes. Each closes once.
      reply.raw.on('close', over[kind]);
      done();
    });
  },
  { name: 'requests-under-way' },
);

export function isEndless({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config?.endless === true;
}
