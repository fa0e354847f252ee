import { Gauge, type Registry } from 'prom-client';
import type { SchemaReport } from '../safety/migrations/inspect-schema.ts';

/** How full the tables are and whether their rows fit together, as the schema guard last saw it. */
export function tableMetrics(registers: Registry[], schema: () => SchemaReport | undefined): void {
  new Gauge({
    name: 'schema_valid',
    help: '1 while the schema is what the code needs, 0 while it is not; absent before it was inspected',
    // With a label name, a gauge that was never set says nothing instead of 0.
    labelNames: ['database'],
    registers,
    collect() {
      this.reset();
      const report = schema();
      if (report !== undefined) this.set({}, report.valid ? 1 : 0);
    },
  });
  new Gauge({
    name: 'table_rows',
    help: 'Rows of each table: exact up to ten thousand, an estimate above',
    labelNames: ['table'],
    registers,
    collect() {
      this.reset();
      for (const [table, rows] of Object.entries(schema()?.tableCounts ?? {})) this.set({ table }, rows);
    },
  });
  new Gauge({
    name: 'table_suddenly_empty',
    help: '1 for each table that has no rows although it was full before, 0 for the others',
    labelNames: ['table'],
    registers,
    collect() {
      this.reset();
      for (const table of Object.keys(schema()?.tableCounts ?? {})) this.set({ table }, 0);
      for (const { table } of schema()?.emptiedTables ?? []) this.set({ table }, 1);
    },
  });
  new Gauge({
    name: 'data_consistency_violations',
    help: 'What the last consistency check found, by check',
    labelNames: ['check'],
    registers,
    collect() {
      this.reset();
      for (const [check, count] of Object.entries(schema()?.consistency?.violations ?? {}))
        this.set({ check }, count);
    },
  });
  new Gauge({
    name: 'data_consistency_last_check_timestamp_seconds',
    help: 'When the data was last checked; absent before the first time',
    registers,
    collect() {
      const checkedAt = schema()?.consistency?.checkedAt;
      this.remove();
      if (checkedAt !== undefined) this.set(checkedAt.getTime() / 1000);
    },
  });
}
