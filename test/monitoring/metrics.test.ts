import { spawnSync } from 'node:child_process';
import { test } from 'tap';
import { neededProgram } from '../../src/throwaway/needed-program.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { type Scrape, scrape, sum } from '../support/samples.ts';
import { startSteadfast } from '../support/steadfast.ts';

const HISTOGRAMS: Record<string, string[]> = {
  http_server_request_duration_seconds: ['http_request_method', 'http_response_status_code', 'http_route'],
  db_client_operation_duration_seconds: ['db_operation_name', 'error_type'],
  db_client_connection_wait_time_seconds: [],
};

const OTHERS: Record<string, string[]> = {
  http_server_active_requests: [],
  http_server_aborted_requests_total: [],
  db_client_connection_count: ['db_client_connection_pool_name', 'db_client_connection_state'],
  db_client_connection_max: ['db_client_connection_pool_name'],
  db_client_connection_pending_requests: ['db_client_connection_pool_name'],
  db_client_connection_timeouts_total: [],
  db_server_up: ['name'],
  db_server_last_seen_up_timestamp_seconds: ['name'],
  db_server_probe_duration_seconds: ['name'],
  bulkhead_limit: ['name'],
  bulkhead_rejections_total: ['reason'],
  circuit_breaker_state: ['name', 'state'],
  circuit_breaker_events_total: ['event', 'name'],
  circuit_breaker_held: ['name', 'state'],
  cache_requests_total: ['cache', 'result'],
  cache_entries: ['cache'],
  cache_size_bytes: ['cache'],
  cache_max_size_bytes: ['cache'],
  cache_evictions_total: ['cache'],
  cache_redis_up: [],
  cache_redis_since_timestamp_seconds: [],
  cache_loads_under_way: [],
  health_state: ['state'],
  cache_revalidations_total: ['result'],
  health_check_status: ['check'],
  schema_valid: [],
  schema_state: ['state'],
  schema_pending_migrations: [],
  schema_differences: ['kind'],
  schema_last_inspection_timestamp_seconds: [],
  table_rows: ['table'],
  table_suddenly_empty: ['table'],
  backup_last_attempt_failed: [],
  backup_expected_since_timestamp_seconds: [],
  nodejs_eventloop_time_seconds_total: ['nodejs_eventloop_state'],
  log_lines_dropped_total: [],
  log_write_errors_total: [],
  app_build_info: ['node_version', 'revision', 'version'],
  process_cpu_seconds_total: [],
  process_resident_memory_bytes: [],
  process_start_time_seconds: [],
  nodejs_eventloop_lag_p99_seconds: [],
  nodejs_heap_size_used_bytes: [],
};

/** prom-client's own, and one of OpenTelemetry's. */
const NAMED_BY_OTHERS = /^(nodejs_active_(handles|requests|resources)_total|db_client_connection_count) /;

function labelsOf({ samples }: Scrape, name: string): string[][] {
  const found = samples
    .filter((sample) => sample.name === name)
    .map(({ labels }) => Object.keys(labels).toSorted());
  return [...new Map(found.map((labels) => [labels.join(), labels])).values()];
}

function valuesOf({ samples }: Scrape, name: string, label: string): string[] {
  const found = samples.filter((sample) => sample.name === name).map(({ labels }) => labels[label] ?? '');
  return [...new Set(found)].toSorted();
}

test('/metrics', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, DB_POOL_MAX: '6', APP_REVISION: 'abc1234' });
  await get(origin, '/api/tags');
  await get(origin, '/api/tags');
  await until(
    'Redis has said how full it is',
    async () => (await sum(origin, 'cache_size_bytes', { cache: 'redis' })) !== undefined,
  );
  const first = await scrape(origin);

  t.test('is in the text format of Prometheus, each metric explained once', async (t) => {
    const { status, headers } = await get(origin, '/metrics');
    t.equal(status, 200);
    t.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    t.equal(headers.get('cache-control'), 'no-store');
    t.ok(first.text.endsWith('\n'));
    for (const name of [...Object.keys(HISTOGRAMS), ...Object.keys(OTHERS)]) {
      for (const kind of ['HELP', 'TYPE']) {
        t.equal(first.text.match(new RegExp(`^# ${kind} ${name} \\S`, 'gm'))?.length, 1, `${kind} of ${name}`);
      }
    }
    const series = first.samples.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
    t.equal(new Set(series).size, series.length, 'no series twice');
  });

  t.test('has the names and labels that are promised', async (t) => {
    for (const [name, labels] of Object.entries(OTHERS)) t.same(labelsOf(first, name), [labels], name);
    for (const [name, labels] of Object.entries(HISTOGRAMS)) {
      t.same(labelsOf(first, `${name}_count`), [labels], name);
      t.same(labelsOf(first, `${name}_sum`), [labels], name);
      t.same(labelsOf(first, `${name}_bucket`), [[...labels, 'le'].toSorted()], name);
    }
    t.same(valuesOf(first, 'db_client_connection_count', 'db_client_connection_state'), ['idle', 'used']);
    t.same(valuesOf(first, 'circuit_breaker_state', 'state'), ['closed', 'open']);
    t.same(valuesOf(first, 'circuit_breaker_events_total', 'event'), [
      'close',
      'failure',
      'open',
      'reject',
      'slow',
      'success',
      'timeout',
    ]);
    t.same(valuesOf(first, 'health_check_status', 'check'), ['backup', 'data', 'database', 'redis', 'schema']);
  });

  t.test('says what is so when all is well', async (t) => {
    t.equal(first.sum('circuit_breaker_state', { state: 'closed' }), 1);
    t.equal(first.sum('circuit_breaker_state'), 1, 'one state at a time');
    t.equal(first.sum('health_check_status'), 5);
    t.equal(first.sum('health_state', { state: 'healthy' }), 1);
    t.equal(first.sum('health_state'), 1, 'one state at a time');
    t.equal(first.sum('db_server_up', { name: 'postgresql' }), 1);
    t.equal(first.sum('bulkhead_limit'), 6);
    t.equal(first.sum('bulkhead_rejections_total'), 0);
    t.equal(first.sum('schema_valid'), 1);
    t.equal(first.sum('schema_state', { state: 'current' }), 1);
    t.equal(first.sum('schema_pending_migrations'), 0);
    t.equal(first.sum('cache_redis_up'), 1);
    t.equal(first.sum('cache_entries', { cache: 'memory' }), 1, 'the tags');
    t.ok((first.sum('cache_entries', { cache: 'redis' }) ?? 0) > 0);
    t.ok((first.sum('cache_size_bytes', { cache: 'memory' }) ?? 0) > 0);
    t.ok((first.sum('cache_size_bytes', { cache: 'redis' }) ?? 0) > 100_000);
    t.equal(first.sum('cache_evictions_total', { cache: 'memory' }), 0);
    t.ok((first.sum('nodejs_eventloop_time_seconds_total', { nodejs_eventloop_state: 'active' }) ?? 0) > 0);
    t.equal(first.sum('db_client_connection_max'), 6);
    t.equal(first.sum('db_client_connection_pending_requests'), 0);
    t.equal(first.sum('app_build_info', { revision: 'abc1234' }), 1);
    t.equal(first.sum('http_server_active_requests'), 1, 'the scrape itself');
  });

  t.test('is as promtool would have it, but for what others have named', async (t) => {
    const promtool = await neededProgram('promtool', t.comment);
    const { stderr } = spawnSync(promtool, ['check', 'metrics'], { input: first.text, encoding: 'utf8' });
    const complaints = stderr.split('\n').filter((line) => line !== '' && !NAMED_BY_OTHERS.test(line));
    t.same(complaints, []);
    t.match(stderr, NAMED_BY_OTHERS, 'it has looked');
  });

  t.test('counts every request by method, route and status', async (t) => {
    const count = (route: string, status: string, method = 'GET') =>
      sum(origin, 'http_server_request_duration_seconds_count', {
        http_request_method: method,
        http_route: route,
        http_response_status_code: status,
      });
    const requests: [path: string, route: string, status: string, method?: string][] = [
      ['/api/articles/the-pager-is-a-promise', '/api/articles/:slug', '200'],
      ['/api/articles/nowhere', '/api/articles/:slug', '404'],
      ['/api/articles?limit=x', '/api/articles', '422'],
      ['/nowhere', '_UNKNOWN', '404'],
      ['/api/tags', '/api/tags', '200', 'HEAD'],
      ['/api/tags', '_UNKNOWN', '404', 'DELETE'],
      ['/api/tags', '_UNKNOWN', '404', 'PROPFIND'],
    ];
    for (const [path, route, status, method = 'GET'] of requests) {
      const label = method === 'PROPFIND' ? '_OTHER' : method;
      const before = (await count(route, status, label)) ?? 0;
      for (let n = 0; n < 3; n += 1) await (await fetch(`${origin}${path}`, { method })).text();
      t.equal(await count(route, status, label), before + 3, `${method} ${path}`);
    }
  });

  t.test('counts statements, and look-ups in each tier of the cache', async (t) => {
    const before = await scrape(origin);
    for (let n = 0; n < 5; n += 1) await get(origin, '/api/profiles/yusuf');
    const after = await scrape(origin);
    const grown = (name: string, labels: Record<string, string>) =>
      (after.sum(name, labels) ?? 0) - (before.sum(name, labels) ?? 0);
    t.equal(grown('db_client_operation_duration_seconds_count', { db_operation_name: 'profiles.by_username' }), 1);
    t.equal(grown('db_client_connection_wait_time_seconds_count', {}), 1);
    t.equal(grown('circuit_breaker_events_total', { event: 'success' }), 1);
    t.equal(grown('cache_requests_total', { cache: 'memory', result: 'miss' }), 1);
    t.equal(grown('cache_requests_total', { cache: 'redis', result: 'miss' }), 1);
    t.equal(grown('cache_requests_total', { cache: 'memory', result: 'hit' }), 4);
    const other = await startSteadfast(t, environment);
    await get(other.origin, '/api/profiles/yusuf');
    t.equal(
      await sum(other.origin, 'cache_requests_total', { cache: 'redis', result: 'hit' }),
      1,
      'by another instance',
    );
    t.equal(await sum(other.origin, 'db_client_operation_duration_seconds_count'), undefined, 'which asked nobody');
  });
});
