import { Counter, Histogram, type Registry } from 'prom-client';
import type { BreakerEvent } from '../../database/breaker.ts';
import type { OverloadReason } from '../../database/errors.ts';
import { type DatabaseObserver, PRIMARY } from '../../database/plugin.ts';

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

const SHED = ['queue-full', 'queue-timeout', 'deadline', 'caller-gone'] as const satisfies OverloadReason[];

const BREAKER_EVENTS = [
  'success',
  'failure',
  'timeout',
  'slow',
  'reject',
  'open',
  'close',
] as const satisfies BreakerEvent[];

/** What happens to the calls of the database: how long they take and wait, who is sent away, what the breakers do. */
export function statementMetrics(
  registers: Registry[],
): Pick<DatabaseObserver, 'statement' | 'waited' | 'shed' | 'breaker'> {
  const duration = new Histogram({
    name: 'db_client_operation_duration_seconds',
    help: 'Duration of statements and transactions, waiting for a connection included',
    labelNames: ['db_operation_name', 'error_type'],
    buckets: BUCKETS,
    registers,
  });
  const wait = new Histogram({
    name: 'db_client_connection_wait_time_seconds',
    help: 'How long calls waited for room at the pool',
    buckets: BUCKETS,
    registers,
  });
  const timeouts = new Counter({
    name: 'db_client_connection_timeouts_total',
    help: 'Calls that found no room at the pool in time',
    registers,
  });
  const shed = new Counter({
    name: 'bulkhead_rejections_total',
    help: 'Calls that were sent away before they reached PostgreSQL, by reason',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of SHED) shed.inc({ reason }, 0);
  const events = new Counter({
    name: 'circuit_breaker_events_total',
    help: 'What the circuit breakers counted and did',
    labelNames: ['name', 'event'],
    registers,
  });
  for (const event of BREAKER_EVENTS) events.inc({ name: PRIMARY, event }, 0);
  return {
    statement: (name, seconds, errorType = '') =>
      duration.observe({ db_operation_name: name, error_type: errorType }, seconds),
    breaker: (name, event) => events.inc({ name, event }),
    waited: (seconds) => wait.observe(seconds),
    shed(reason) {
      shed.inc({ reason });
      if (reason === 'queue-timeout') timeouts.inc();
    },
  };
}
