import { badOrGood, type Row } from '../panel.ts';
import { HERE, rate } from '../queries.ts';

export const cache: Row = {
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
};
