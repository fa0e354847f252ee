import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { scrapedCounter } from './scraped.ts';

export type BuildInfo = { readonly version: string; readonly revision: string };

/** What is running, on what, and how busy its event loop is. */
export function processMetrics(registry: Registry, build: BuildInfo): void {
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'app_build_info',
    help: 'Always 1; the labels say what is running',
    labelNames: ['version', 'revision', 'node_version'],
    registers: [registry],
    // Of several workers.
    aggregator: 'first',
  }).set({ ...build, node_version: process.version }, 1);
  scrapedCounter([registry], {
    name: 'nodejs_eventloop_time_seconds_total',
    help: 'How long the event loop was busy and idle',
    labels: ['nodejs_eventloop_state'],
    read: () => {
      const { active, idle } = performance.eventLoopUtilization();
      return [
        [active / 1000, { nodejs_eventloop_state: 'active' }],
        [idle / 1000, { nodejs_eventloop_state: 'idle' }],
      ];
    },
  });
}
