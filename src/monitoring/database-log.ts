import type { FastifyBaseLogger } from 'fastify';
import type { BreakerEvent } from '../database/breaker.ts';
import type { Hold } from '../database/hold.ts';
import { PRIMARY } from '../database/plugin.ts';

/** Says in the log when a breaker opens and closes. */
export function logBreaker(log: FastifyBaseLogger, server: string, event: BreakerEvent): void {
  const what = server === PRIMARY ? 'PostgreSQL' : `the PostgreSQL ${server}`;
  if (event === 'slow')
    log.warn(`most statements were slow for two seconds at ${what}: /api/monitoring/performance names them`);
  if (event === 'open') log.warn(`the circuit breaker opened: ${what} is not asked any more`);
  if (event === 'close') log.info(`the circuit breaker closed: ${what} is back`);
}

/** Says in the log when a person takes hold of the breaker and lets go of it. */
export function logHold(log: FastifyBaseLogger, hold: Hold | undefined): void {
  if (hold === undefined) log.info('the circuit breaker is held by nobody');
  else log.warn({ hold }, `the circuit breaker is held ${hold.state} by hand`);
}
