import { badOrGood, type Row } from '../panel.ts';
import { age, HERE } from '../queries.ts';

export const safety: Row = {
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
};
