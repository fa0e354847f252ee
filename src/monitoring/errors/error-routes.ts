import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { Peers } from '../../workers/peers.ts';
import { type ErrorTracker, inAllProcesses } from './error-tracker.ts';

const report = Type.Object({
  timestamp: Type.String({ format: 'date-time' }),
  errors: Type.Array(
    Type.Object({
      fingerprint: Type.String({ description: 'the same for the same mistake in the same place' }),
      type: Type.String(),
      message: Type.String({ description: 'with … for every value' }),
      frames: Type.Array(Type.String(), { description: 'where in our code, innermost first' }),
      count: Type.Integer({ description: 'since the start, in all workers that run' }),
      first_seen_at: Type.String({ format: 'date-time' }),
      last_seen_at: Type.String({ format: 'date-time' }),
      last_route: Type.String({ description: 'background is what no request waited for' }),
      last_statement: Type.Union([Type.String(), Type.Null()], { description: 'the SQL statement that failed' }),
      last_request_id: Type.Union([Type.String(), Type.Null()], {
        description: 'reqId of the line in the log that has the stack',
      }),
    }),
  ),
});

export const errorRoutes: FastifyPluginAsyncTypebox<{
  readonly errors: ErrorTracker;
  readonly peers: Peers;
}> = async (app, { errors, peers }) => {
  const all = peers.share('errors', () => errors.recent());
  app.get(
    '/api/monitoring/errors',
    {
      schema: {
        tags: ['monitoring'],
        summary: 'What went wrong that nobody foresaw? The last fifty kinds of errors since the start',
        response: { 200: { ...report, description: 'the one seen last comes first' } },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return {
        timestamp: new Date().toISOString(),
        errors: inAllProcesses((await all()).answers).map(
          ({ fingerprint, type, message, frames, count, ...seen }) => ({
            ...{ fingerprint, type, message, frames: [...frames], count },
            first_seen_at: seen.firstSeenAt.toISOString(),
            last_seen_at: seen.lastSeenAt.toISOString(),
            last_route: seen.route,
            last_statement: seen.statement ?? null,
            last_request_id: seen.requestId ?? null,
          }),
        ),
      };
    },
  );
};
