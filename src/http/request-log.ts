import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

/** Routes that are asked for every few seconds by machines: their line is worth writing only for debugging. */
const ROUTINE = /^\/(health|livez|readyz|metrics)/;

/** One line a request, when it is over. */
export const requestLog = fp(
  async (app) => {
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      done();
    });
    app.addHook('onResponse', (request, reply, done) => {
      const line = {
        method: request.method,
        path: request.url,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 100) / 100,
        cache: reply.getHeader('cache-status'),
      };
      if (request.failure !== null) {
        const level = reply.statusCode === 503 ? 'warn' : 'error';
        request.log[level]({ ...line, err: request.failure }, 'request failed');
      } else if (isRoutine(request)) request.log.debug(line, 'request');
      else request.log.info(line, 'request');
      done();
    });
  },
  { name: 'request-log', dependencies: ['problem-replies'] },
);

function isRoutine(request: FastifyRequest): boolean {
  return ROUTINE.test(request.routeOptions.url ?? '');
}
