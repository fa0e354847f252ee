import { badOrGood, type Row } from '../panel.ts';
import { HERE, rate } from '../queries.ts';

export const processes: Row = {
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
};
