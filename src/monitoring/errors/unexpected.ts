import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { failedStatement } from '../../database/statement.ts';
import { NO_ROUTE } from '../../http/request-metrics.ts';
import { traceIdOf } from '../../http/trace-context.ts';
import type { ErrorTracker } from './error-tracker.ts';

/** Counts an error that nobody foresaw, and logs it with what is needed to find it. */
export function tellUnexpected(errors: ErrorTracker, error: unknown, request: FastifyRequest): void {
  const route = `${request.method} ${request.routeOptions.url ?? NO_ROUTE}`;
  const statement = failedStatement(error);
  const { fingerprint } = errors.track(error, { requestId: request.id, route, statement });
  const traceId = traceIdOf(request);
  request.log.error({ err: error, fingerprint, route, statement, traceId }, 'unexpected error');
}

/** The same for an error of work that no request waits for. */
export function tellUnexpectedInBackground(errors: ErrorTracker, error: unknown, log: FastifyBaseLogger): void {
  const route = 'background';
  const statement = failedStatement(error);
  const { fingerprint } = errors.track(error, { requestId: undefined, route, statement });
  log.error({ err: error, fingerprint, route, statement }, 'unexpected error');
}
