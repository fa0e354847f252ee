import { Gauge, type Registry } from 'prom-client';
import type { SchemaReport } from '../safety/migrations/inspect-schema.ts';

/** How full the tables are, as the schema guard last saw them. */
export function tableMetrics(registers: Registry[], schema: () => SchemaReport | undefined): void {
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
}
