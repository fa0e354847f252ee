import type { Registry } from 'prom-client';
import type { HealthReport } from '../health.ts';
import { oneOf, scrapedGauge } from './scraped.ts';

/** What /health says. */
export function healthMetrics(registers: Registry[], health: () => HealthReport): void {
  scrapedGauge(registers, {
    name: 'health_state',
    help: '1 for how everything is in one word, 0 for the others',
    labels: ['state'],
    read: () => oneOf(['healthy', 'degraded', 'critical'], health().status),
  });
  scrapedGauge(registers, {
    name: 'health_check_status',
    help: '1 when the check of /health passes, 0 when it does not',
    labels: ['check'],
    read: () => Object.entries(health().checks).map(([check, { status }]) => [status === 'pass', { check }]),
  });
}
