import type { Registry } from 'prom-client';
import type { WorkersState } from '../../workers/peers.ts';
import { scrapedCounter, scrapedGauge, timestamp } from './scraped.ts';

/** The worker processes; absent where the process is the only one. */
export function workersMetrics(registers: Registry[], workers: () => WorkersState | undefined): void {
  scrapedGauge(registers, {
    name: 'workers_configured',
    help: 'Worker processes there should be (--workers, WORKERS)',
    read: () => [[workers()?.configured]],
  });
  scrapedGauge(registers, {
    name: 'workers_ready',
    help: 'Worker processes that take requests',
    read: () => [[workers()?.ready]],
  });
  scrapedGauge(registers, {
    name: 'workers_silent',
    help: 'Worker processes that did not answer in time; what is counted in them stands still here',
    read: () => [[workers()?.silent.length]],
  });
  scrapedCounter(registers, {
    name: 'workers_restarts_total',
    help: 'Worker processes started in the place of one that had ended',
    read: () => [[workers()?.restarts]],
  });
  scrapedGauge(registers, {
    name: 'process_start_time_seconds',
    help: 'When the primary process began; that of its workers is in their log',
    read: () => [[timestamp(workers()?.startedAt)]],
  });
}
