import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import pino from 'pino';
import { RefusalsInSum } from './refusals-in-sum.ts';
import { traceIdIfAny } from './trace-context.ts';

/** Routes that are asked for every few seconds by machines: their line is worth writing only for debugging. */
const ROUTINE = /^\/(health|livez|readyz|metrics)/;

/** One line a request, when it is over. Of those that are refused for now, all for the same reason, not each has one. */
export const requestLog = fp(
  async (app) => {
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      done();
    });
    // None of these members can be a secret; looking for one in every line would take longer than writing it.
    const plainLog = app.log.child({}, { redact: [] });
    const isWritten = isWrittenAt(app.log.level);
    const refusals = new RefusalsInSum((problem, more) =>
      plainLog.warn({ problem, more }, `${more} more requests were refused within a second: ${problem}`),
    );
    app.addHook('onClose', async () => refusals.writeSums());
    app.addHook('onResponse', (request, reply, done) => {
      const level = levelOf(request, reply.statusCode);
      if (!isWritten[level]) return done();
      const { problem } = request;
      const isOneOfMany = problem?.status === 503 && problem.cause === undefined;
      if (isOneOfMany && !refusals.count(problem.code)) return done();
      const line = {
        method: request.method,
        path: request.url,
        route: request.routeConfig.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 100) / 100,
        traceId: traceIdIfAny(request),
        ...(request.cacheOutcome !== null && { cache: request.cacheOutcome }),
        ...(problem !== null && { problem: problem.code }),
      };
      if (problem?.cause === undefined) plainLog[level]({ reqId: request.id, ...line }, 'request');
      else request.log[level]({ ...line, err: problem.cause }, 'request');
      done();
    });
  },
  { name: 'request-log', dependencies: ['problem-replies', 'request-metrics'] },
);

type Level = 'debug' | 'info' | 'warn' | 'error';

function isWrittenAt(leastLevel: string): Readonly<Record<Level, boolean>> {
  const least = pino.levels.values[leastLevel] ?? Number.POSITIVE_INFINITY;
  const isWritten = (level: Level) => (pino.levels.values[level] ?? 0) >= least;
  return {
    debug: isWritten('debug'),
    info: isWritten('info'),
    warn: isWritten('warn'),
    error: isWritten('error'),
  };
}

function levelOf(request: FastifyRequest, status: number): Level {
  if (status >= 500 && status !== 503) return 'error';
  if (isRoutine(request, status)) return 'debug';
  return status === 503 ? 'warn' : 'info';
}

/** What says nothing that the metrics do not: machines that look after us, and reads answered as well as they can be. */
function isRoutine({ cacheOutcome, routeConfig }: FastifyRequest, status: number): boolean {
  const isFromCache = cacheOutcome === 'memory' || cacheOutcome === 'redis';
  return (isFromCache && status < 400) || ROUTINE.test(routeConfig.url ?? '');
}
