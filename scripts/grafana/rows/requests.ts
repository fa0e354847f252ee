import type { Row } from '../panel.ts';
import { API, HERE, percentiles, quantile, READS, REQUESTS, rate, WRITES } from '../queries.ts';

export const requests: Row = {
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
};
