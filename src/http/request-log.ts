import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { traceIdIfAny } from './trace-context.ts';

/** Routes that are asked for every few seconds by machines: their line is worth writing only for debugging. */
const ROUTINE = /^\/(health|livez|readyz|metrics)/;

/** One line a request, when it is over. */
export const requestLog = fp(
  async (app) => {
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      done();
    });
    // None of these members can be a secret; looking for one in every line would take longer than writing it.
    const plainLog = app.log.child({}, { redact: [] });
    app.addHook('onResponse', (request, reply, done) => {
      const { problem } = request;
      const level = levelOf(request, reply.statusCode);
      const line = {
        method: request.method,
        path: request.url,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 100) / 100,
        traceId: traceIdIfAny(request),
        cache: reply.getHeader('cache-status'),
        ...(problem !== null && { problem: problem.code }),
      };
      if (problem?.cause === undefined) plainLog[level]({ reqId: request.id, ...line }, 'request');
      else request.log[level]({ ...line, err: problem.cause }, 'request');
      done();
    });
  },
  { name: 'request-log', dependencies: ['problem-replies'] },
);

function levelOf(request: FastifyRequest, status: number): 'debug' | 'info' | 'warn' | 'error' {
  if (status === 503) return isRoutine(request) ? 'debug' : 'warn';
  if (status >= 500) return 'error';
  return isRoutine(request) ? 'debug' : 'info';
}

function isRoutine(request: FastifyRequest): boolean {
  return ROUTINE.test(request.routeOptions.url ?? '');
}
