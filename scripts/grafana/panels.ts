/** A panel of the dashboard: what it is called, what it shows, in which unit of Grafana's. */
export type Panel = {
  readonly title: string;
  readonly description?: string;
  /** `timeseries` if left out; `state` draws states along time, `now` shows the last values. */
  readonly kind?: 'timeseries' | 'state' | 'now';
  readonly unit: string;
  /** Legend and PromQL; {$instance} in it picks the servers chosen on the dashboard. */
  readonly queries: Readonly<Record<string, string>>;
  /** What 0, 1 and so on are called, and in which colour they are drawn. */
  readonly values?: readonly { readonly text: string; readonly color: string }[];
  /** Drawn upon each other, as parts of a whole. */
  readonly stacked?: boolean;
  /** Of 24 columns; 8 if left out. */
  readonly width?: number;
};

export type Row = { readonly title: string; readonly panels: readonly Panel[] };

const HERE = 'job="steadfast",instance=~"$instance"';
const API = `${HERE},http_route=~"/api/.*",http_route!~"/api/monitoring/.*"`;
const READS = `${API},http_request_method=~"GET|HEAD"`;
const WRITES = `${API},http_request_method!~"GET|HEAD"`;
const REQUESTS = 'http_server_request_duration_seconds';
const STATEMENTS = 'db_client_operation_duration_seconds';

const badOrGood = (bad: string, good: string) => [
  { text: bad, color: 'red' },
  { text: good, color: 'green' },
];

const rate = (metric: string, labels: string) => `rate(${metric}{${labels}}[$__rate_interval])`;
const quantile = (q: number, histogram: string, labels: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate(`${histogram}_bucket`, labels)}))`;
const percentiles = (histogram: string, labels: string) => ({
  median: quantile(0.5, histogram, labels),
  '95 of 100': quantile(0.95, histogram, labels),
  '99 of 100': quantile(0.99, histogram, labels),
});
const age = (metric: string) => `time() - max(${metric}{${HERE}})`;

export const ROWS: readonly Row[] = [
  {
    title: 'Requests: how many, how many errors, how long',
    panels: [
      {
        title: 'Requests by outcome',
        unit: 'reqps',
        stacked: true,
        queries: {
          answered: `sum(${rate(`${REQUESTS}_count`, `${API},http_response_status_code=~"[23].."`)})`,
          'wrongly asked (4xx)': `sum(${rate(`${REQUESTS}_count`, `${API},http_response_status_code=~"4.."`)})`,
          'refused (503)': `sum(${rate(`${REQUESTS}_count`, `${API},http_response_status_code="503"`)})`,
          'failed (500)': `sum(${rate(`${REQUESTS}_count`, `${API},http_response_status_code="500"`)})`,
        },
      },
      {
        title: 'Errors',
        description: 'Share of requests that were answered with 500 or more. Promised is less than 0.1 %.',
        unit: 'percentunit',
        queries: {
          '5 minutes': 'job:http_server_errors:ratio_rate5m{job="steadfast"}',
          '1 hour': 'job:http_server_errors:ratio_rate1h{job="steadfast"}',
          '6 hours': 'job:http_server_errors:ratio_rate6h{job="steadfast"}',
        },
      },
      { title: 'Duration of reads', unit: 's', queries: percentiles(REQUESTS, READS) },
      { title: 'Duration of writes', unit: 's', queries: percentiles(REQUESTS, WRITES) },
      {
        title: 'Requests by route',
        unit: 'reqps',
        queries: {
          '{{http_request_method}} {{http_route}}': `topk(10, sum by (http_request_method, http_route) (${rate(`${REQUESTS}_count`, API)}))`,
        },
      },
      {
        title: 'Slowest routes, 95 of 100',
        unit: 's',
        queries: { '{{http_route}}': `topk(10, ${quantile(0.95, REQUESTS, API, ', http_route')})` },
      },
      {
        title: 'Errors nobody foresaw',
        description: '/api/monitoring/errors says what they are.',
        unit: 'short',
        queries: {
          '{{fingerprint}}': `sum by (fingerprint) (increase(unexpected_errors_total{${HERE}}[$__rate_interval]))`,
        },
      },
      {
        title: 'Requests under way',
        unit: 'short',
        queries: { '{{instance}}': `http_server_active_requests{${HERE}}` },
      },
      {
        title: 'Given up by whoever asked',
        unit: 'reqps',
        queries: { '{{instance}}': rate('http_server_aborted_requests_total', HERE) },
      },
    ],
  },
  {
    title: 'Database',
    panels: [
      {
        title: 'Health',
        kind: 'state',
        unit: 'short',
        values: [
          { text: 'healthy', color: 'green' },
          { text: 'degraded', color: 'yellow' },
          { text: 'critical', color: 'red' },
        ],
        width: 12,
        queries: {
          '{{instance}}': `health_state{${HERE},state="degraded"} + ignoring (state) 2 * health_state{${HERE},state="critical"}`,
        },
      },
      {
        title: 'Circuit breakers',
        kind: 'state',
        unit: 'short',
        values: badOrGood('open', 'closed'),
        width: 12,
        queries: { '{{name}} {{instance}}': `circuit_breaker_state{${HERE},state="closed"}` },
      },
      {
        title: 'Connections',
        unit: 'short',
        queries: {
          'used {{db_client_connection_pool_name}}': `sum by (db_client_connection_pool_name) (db_client_connection_count{${HERE},db_client_connection_state="used"})`,
          'waiting {{db_client_connection_pool_name}}': `sum by (db_client_connection_pool_name) (db_client_connection_pending_requests{${HERE}})`,
          'at most {{db_client_connection_pool_name}}': `sum by (db_client_connection_pool_name) (db_client_connection_max{${HERE}})`,
        },
      },
      {
        title: 'Waiting for a connection',
        unit: 's',
        queries: percentiles('db_client_connection_wait_time_seconds', HERE),
      },
      {
        title: 'Sent away',
        description: 'Calls that did not reach PostgreSQL for want of room or time.',
        unit: 'cps',
        queries: { '{{reason}}': `sum by (reason) (${rate('bulkhead_rejections_total', HERE)})` },
      },
      {
        title: 'Statements',
        unit: 'ops',
        queries: {
          '{{db_operation_name}}': `topk(10, sum by (db_operation_name) (${rate(`${STATEMENTS}_count`, HERE)}))`,
        },
      },
      {
        title: 'Slowest statements, 95 of 100',
        unit: 's',
        queries: {
          '{{db_operation_name}}': `topk(10, ${quantile(0.95, STATEMENTS, HERE, ', db_operation_name')})`,
        },
      },
      {
        title: 'Failed statements',
        unit: 'ops',
        queries: {
          '{{error_type}}': `sum by (error_type) (${rate(`${STATEMENTS}_count`, `${HERE},error_type!=""`)})`,
        },
      },
      {
        title: 'What the breakers counted',
        unit: 'cps',
        queries: {
          '{{name}} {{event}}': `sum by (name, event) (${rate('circuit_breaker_events_total', `${HERE},event!="success"`)})`,
        },
      },
      {
        title: 'Answer to a probe',
        unit: 's',
        queries: { '{{name}} {{instance}}': `db_server_probe_duration_seconds{${HERE}}` },
      },
      {
        title: 'How far replicas are behind',
        unit: 's',
        queries: { '{{name}} {{instance}}': `db_replica_lag_seconds{${HERE}}` },
      },
    ],
  },
  {
    title: 'Cache',
    panels: [
      {
        title: 'Hits of all look-ups',
        unit: 'percentunit',
        queries: {
          '{{cache}}': `sum by (cache) (${rate('cache_requests_total', `${HERE},result="hit"`)}) / sum by (cache) (${rate('cache_requests_total', HERE)})`,
        },
      },
      {
        title: 'Look-ups',
        unit: 'ops',
        stacked: true,
        queries: { '{{cache}} {{result}}': `sum by (cache, result) (${rate('cache_requests_total', HERE)})` },
      },
      {
        title: 'Redis',
        kind: 'state',
        unit: 'short',
        values: badOrGood('away', 'there'),
        queries: { '{{instance}}': `cache_redis_up{${HERE}}` },
      },
      {
        title: 'Size',
        unit: 'bytes',
        queries: { '{{cache}} {{instance}}': `cache_size_bytes{${HERE}}` },
      },
      { title: 'Entries', unit: 'short', queries: { '{{cache}} {{instance}}': `cache_entries{${HERE}}` } },
      {
        title: 'Given up for want of room',
        unit: 'ops',
        queries: { '{{cache}}': `sum by (cache) (${rate('cache_evictions_total', HERE)})` },
      },
    ],
  },
  {
    title: 'Safety of the data',
    panels: [
      {
        title: 'Checks of /health',
        kind: 'state',
        unit: 'short',
        values: badOrGood('not well', 'well'),
        width: 12,
        queries: { '{{check}} {{instance}}': `health_check_status{${HERE}}` },
      },
      {
        title: 'Last backup',
        kind: 'now',
        unit: 's',
        width: 6,
        queries: {
          taken: age('backup_last_success_timestamp_seconds'),
          proven: age('backup_last_verified_timestamp_seconds'),
        },
      },
      {
        title: 'Migrations pending, differences of the schema',
        kind: 'now',
        unit: 'short',
        width: 6,
        queries: {
          pending: `max(schema_pending_migrations{${HERE}})`,
          '{{kind}}': `max by (kind) (schema_differences{${HERE}})`,
        },
      },
      {
        title: 'Size of the last backup',
        unit: 'bytes',
        queries: { size: `max(backup_last_size_bytes{${HERE}})` },
      },
      { title: 'Rows', unit: 'short', queries: { '{{table}}': `max by (table) (table_rows{${HERE}})` } },
      {
        title: 'Rows that do not fit',
        unit: 'short',
        queries: { '{{check}}': `max by (check) (data_consistency_violations{${HERE}}) > 0` },
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      {
        title: 'Servers',
        kind: 'state',
        unit: 'short',
        values: badOrGood('down', 'up'),
        queries: { '{{instance}}': `up{${HERE}}` },
      },
      {
        title: 'What is running',
        kind: 'now',
        unit: 'short',
        queries: {
          '{{version}} ({{revision}}) on Node {{node_version}}': `count by (version, revision, node_version) (app_build_info{${HERE}})`,
        },
      },
      {
        title: 'Running for',
        kind: 'now',
        unit: 's',
        queries: { '{{instance}}': `time() - process_start_time_seconds{${HERE}}` },
      },
      {
        title: 'Processor',
        unit: 'percentunit',
        queries: { '{{instance}}': rate('process_cpu_seconds_total', HERE) },
      },
      {
        title: 'Event loop: busy',
        unit: 'percentunit',
        queries: {
          '{{instance}}': rate('nodejs_eventloop_time_seconds_total', `${HERE},nodejs_eventloop_state="active"`),
        },
      },
      {
        title: 'Event loop: late, 99 of 100',
        unit: 's',
        queries: { '{{instance}}': `nodejs_eventloop_lag_p99_seconds{${HERE}}` },
      },
      {
        title: 'Memory',
        unit: 'bytes',
        queries: {
          'whole {{instance}}': `process_resident_memory_bytes{${HERE}}`,
          'heap {{instance}}': `nodejs_heap_size_used_bytes{${HERE}}`,
        },
      },
      {
        title: 'Collecting garbage',
        unit: 'percentunit',
        queries: { '{{kind}}': `sum by (kind) (${rate('nodejs_gc_duration_seconds_sum', HERE)})` },
      },
    ],
  },
];
