import { Histogram, type Registry } from 'prom-client';
import type { RequestObserver } from '../../http/request-metrics.ts';
import type { RequestsUnderWay } from '../../http/requests-under-way.ts';
import { scrapedCounter, scrapedGauge } from './scraped.ts';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function requestMetrics(registers: Registry[]): RequestObserver {
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests, from their headers to the end of the answer',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: BUCKETS,
    registers,
  });
  return {
    series(method, route, status) {
      const series = duration.labels({
        http_request_method: method,
        http_route: route,
        http_response_status_code: status,
      });
      return (seconds) => series.observe(seconds);
    },
  };
}

/** How many requests are under way, and how many were abandoned; without those whose answer goes on until the client leaves. */
export function underWayMetrics(registers: Registry[], underWay: () => RequestsUnderWay): void {
  scrapedGauge(registers, {
    name: 'http_server_active_requests',
    help: 'HTTP requests under way',
    read: () => [[underWay().ordinary]],
  });
  scrapedCounter(registers, {
    name: 'http_server_aborted_requests_total',
    help: 'HTTP requests whose client went away before the answer',
    read: () => [[underWay().abandoned]],
  });
}
