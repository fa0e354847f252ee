import type { Registry } from 'prom-client';
import { SCHEMA_STATES, type SchemaReport } from '../../safety/migrations/inspect-schema.ts';
import { oneOf, scrapedGauge, timestamp } from './scraped.ts';

/** The schema, how full the tables are and whether their rows fit together, as the schema guard last saw it. */
export function schemaMetrics(registers: Registry[], schema: () => SchemaReport | undefined): void {
  scrapedGauge(registers, {
    name: 'schema_valid',
    help: '1 while the schema is the one this version needs; absent before it was inspected',
    read: () => [[schema()?.valid]],
  });
  scrapedGauge(registers, {
    name: 'schema_state',
    help: '1 for how the migrations of the database stand to those of this version, 0 for the others',
    labels: ['state'],
    read: () => oneOf(SCHEMA_STATES, schema()?.state),
  });
  scrapedGauge(registers, {
    name: 'schema_pending_migrations',
    help: 'Migrations of this version that are not applied',
    read: () => [[schema()?.pendingMigrations]],
  });
  scrapedGauge(registers, {
    name: 'schema_differences',
    help: 'Objects that the migrations made and that are not there so (missing), or that no migration made (extra)',
    labels: ['kind'],
    read: () => {
      const differences = schema()?.differences;
      return [
        [differences?.missing.length, { kind: 'missing' }],
        [differences?.extra.length, { kind: 'extra' }],
      ];
    },
  });
  scrapedGauge(registers, {
    name: 'schema_last_inspection_timestamp_seconds',
    help: 'When the schema was last inspected; absent before the first time',
    read: () => [[timestamp(schema()?.checkedAt)]],
  });
  scrapedGauge(registers, {
    name: 'table_rows',
    help: 'Rows of each table: exact up to ten thousand, an estimate above',
    labels: ['table'],
    read: () => Object.entries(schema()?.tableCounts ?? {}).map(([table, rows]) => [rows, { table }]),
  });
  scrapedGauge(registers, {
    name: 'table_suddenly_empty',
    help: '1 for each table that has no rows although it was full before, 0 for the others',
    labels: ['table'],
    read: () => {
      const emptied = new Set(schema()?.emptiedTables.map(({ table }) => table));
      return Object.keys(schema()?.tableCounts ?? {}).map((table) => [emptied.has(table), { table }]);
    },
  });
  scrapedGauge(registers, {
    name: 'data_consistency_violations',
    help: 'What the last consistency check found, by check',
    labels: ['check'],
    read: () => Object.entries(schema()?.consistency?.violations ?? {}).map(([check, count]) => [count, { check }]),
  });
  scrapedGauge(registers, {
    name: 'data_consistency_last_check_timestamp_seconds',
    help: 'When the data was last checked; absent before the first time',
    read: () => [[timestamp(schema()?.consistency?.checkedAt)]],
  });
}
