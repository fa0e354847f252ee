import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheObserver } from '../cache/cache.ts';
import type { DatabaseSnapshot } from '../database/database.ts';
import { type DatabaseObserver, PRIMARY } from '../database/plugin.ts';
import type { RequestObserver } from '../http/request-metrics.ts';
import type { SchemaReport } from '../safety/migrations/inspect-schema.ts';
import { backupMetrics } from './backup-metrics.ts';
import type { HealthReport } from './health.ts';
import { observeServers } from './server-metrics.ts';
import { tableMetrics } from './table-metrics.ts';

export type BuildInfo = { readonly version: string; readonly revision: string };

export type Metrics = {
  readonly registry: Registry;
  readonly requests: RequestObserver;
  readonly database: Pick<DatabaseObserver, 'statement' | 'waited' | 'shed' | 'breaker'>;
  readonly cache: Pick<CacheObserver, 'request' | 'revalidated'>;
  /** What is read at the moment of a scrape. */
  observe(sources: ScrapedSources): void;
};

export type ScrapedSources = {
  readonly database: () => DatabaseSnapshot;
  readonly health: () => HealthReport;
  readonly schema: () => SchemaReport | undefined;
};

const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const STATEMENT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Every metric of Steadfast, by OpenTelemetry's names. Labels take only values from the code. */
export function createMetrics(build: BuildInfo): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'app_build_info',
    help: 'Always 1; the labels say what is running',
    labelNames: ['version', 'revision', 'node_version'],
    registers,
  }).set({ ...build, node_version: process.version }, 1);
  return {
    registry,
    requests: requestMetrics(registers),
    database: databaseMetrics(registers),
    cache: cacheMetrics(registers),
    observe(sources) {
      scrapedMetrics(registers, sources);
      observeServers(registers, sources.database);
    },
  };
}

function requestMetrics(registers: Registry[]): RequestObserver {
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests, from their headers to the end of the answer',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const active = new Gauge({
    name: 'http_server_active_requests',
    help: 'HTTP requests under way',
    registers,
  });
  const aborted = new Counter({
    name: 'http_server_aborted_requests_total',
    help: 'HTTP requests whose client went away before the answer',
    registers,
  });
  return {
    started: () => active.inc(),
    over: () => active.dec(),
    ended(method, route, status, seconds) {
      duration.observe(
        { http_request_method: method, http_route: route, http_response_status_code: status },
        seconds,
      );
    },
    aborted: () => aborted.inc(),
  };
}

function databaseMetrics(registers: Registry[]): Metrics['database'] {
  const duration = new Histogram({
    name: 'db_client_operation_duration_seconds',
    help: 'Duration of statements and transactions, waiting for a connection included',
    labelNames: ['db_operation_name', 'error_type'],
    buckets: STATEMENT_BUCKETS,
    registers,
  });
  const wait = new Histogram({
    name: 'db_client_connection_wait_time_seconds',
    help: 'How long calls waited for room at the pool',
    buckets: STATEMENT_BUCKETS,
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
  for (const reason of ['queue-full', 'queue-timeout', 'deadline', 'caller-gone']) shed.inc({ reason }, 0);
  const events = new Counter({
    name: 'circuit_breaker_events_total',
    help: 'What the circuit breakers counted and did',
    labelNames: ['name', 'event'],
    registers,
  });
  for (const event of ['success', 'failure', 'timeout', 'slow', 'reject', 'open', 'close']) {
    events.inc({ name: PRIMARY, event }, 0);
  }
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

function cacheMetrics(registers: Registry[]): Metrics['cache'] {
  const requests = new Counter({
    name: 'cache_requests_total',
    help:
      'Look-ups in the cache, by tier and result; bypass is a Redis that is away or did not answer, ' +
      'skipped one that had nothing a moment ago while nothing can be loaded',
    labelNames: ['cache', 'result'],
    registers,
  });
  const revalidations = new Counter({
    name: 'cache_revalidations_total',
    help: 'Answers loaded anew in the background, ahead of time: loaded, found in Redis by then, or failed',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['loaded', 'found', 'failed']) revalidations.inc({ result }, 0);
  return {
    request: (cache, result) => requests.inc({ cache, result }),
    revalidated: (result) => revalidations.inc({ result }),
  };
}

function scrapedMetrics(registers: Registry[], { database, health, schema }: ScrapedSources): void {
  tableMetrics(registers, schema);
  backupMetrics(registers, () => schema()?.backups);
  new Gauge({
    name: 'db_client_connection_count',
    help: 'Connections of the pool, by state',
    labelNames: ['db_client_connection_state'],
    registers,
    collect() {
      const { used, idle } = database().pool;
      this.set({ db_client_connection_state: 'used' }, used);
      this.set({ db_client_connection_state: 'idle' }, idle);
    },
  });
  new Gauge({
    name: 'db_client_connection_max',
    help: 'Connections the pool may have',
    registers,
    collect() {
      this.set(database().pool.max);
    },
  });
  new Gauge({
    name: 'db_client_connection_pending_requests',
    help: 'Calls that wait for a connection now',
    registers,
    collect() {
      this.set(database().pool.waiting);
    },
  });
  new Gauge({
    name: 'health_check_status',
    help: '1 when the check of /health passes, 0 when it does not',
    labelNames: ['check'],
    registers,
    collect() {
      for (const [check, { status }] of Object.entries(health().checks)) {
        this.set({ check }, status === 'pass' ? 1 : 0);
      }
    },
  });
}
