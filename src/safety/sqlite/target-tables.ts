import type { PlannedColumn, PlannedTable } from './plan.ts';
import { quoteName } from './quoting.ts';

/** `schema.table`, quoted. */
export function qualified(schema: string, table: string): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}

/** `create table` without keys, defaults and checks: they come when the rows are there. */
export function createTable(schema: string, { target, columns }: PlannedTable): string {
  const lines = columns.map((column) => `  ${defineColumn(column)}`);
  return `create table ${qualified(schema, target)} (\n${lines.join(',\n')}\n)`;
}

function defineColumn({ target, type, notNull, generatedSql }: PlannedColumn): string {
  return [
    quoteName(target),
    // SQLite compares and sorts text byte by byte.
    type === 'text' ? 'text collate "C"' : type,
    ...(generatedSql === undefined ? [] : [`generated always as (${generatedSql}) stored`]),
    ...(notNull ? ['not null'] : []),
  ].join(' ');
}
