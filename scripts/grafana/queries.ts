/** What the queries of the dashboard are made of. */

export const HERE = 'job="steadfast",instance=~"$instance"';
export const API = `${HERE},http_route=~"/api/.*",http_route!~"/api/monitoring/.*"`;
export const READS = `${API},http_request_method=~"GET|HEAD"`;
export const WRITES = `${API},http_request_method!~"GET|HEAD"`;
export const REQUESTS = 'http_server_request_duration_seconds';
export const STATEMENTS = 'db_client_operation_duration_seconds';

export const rate = (metric: string, labels: string) => `rate(${metric}{${labels}}[$__rate_interval])`;
/** `by` is further labels, each after a comma. */
export const quantile = (q: number, histogram: string, labels: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate(`${histogram}_bucket`, labels)}))`;
export const percentiles = (histogram: string, labels: string) => ({
  median: quantile(0.5, histogram, labels),
  '95 of 100': quantile(0.95, histogram, labels),
  '99 of 100': quantile(0.99, histogram, labels),
});

export const age = (metric: string) => `time() - max(${metric}{${HERE}})`;
