import type { DatabaseSync } from 'node:sqlite';
import { type TypedColumn, typeColumns } from './column-types.ts';
import { type Scope, translate } from './expressions.ts';
import { Names, type Rename } from './names.ts';
import { Untranslatable } from './operations.ts';
import type { NotKept, SourceIndex, SourceSchema, SourceTable } from './source-schema.ts';
import type { TargetType } from './values.ts';

export type PlannedColumn = TypedColumn & {
  /** Its name in PostgreSQL. */
  readonly target: string;
  /** PostgreSQL's expression of a column that it computes itself. */
  readonly generatedSql: string | undefined;
};

export type PlannedTable = {
  readonly source: SourceTable;
  /** Its name in PostgreSQL, without the schema. */
  readonly target: string;
  readonly columns: readonly PlannedColumn[];
  /** The names of its indexes in PostgreSQL. */
  readonly indexNames: ReadonlyMap<SourceIndex, string>;
};

export type Plan = {
  readonly tables: readonly PlannedTable[];
  readonly notKept: readonly NotKept[];
  readonly renames: readonly Rename[];
  /** The name of the table for rejected rows, which no other table has. */
  readonly rejectsTable: string;
};

const MOST_COLUMNS = 1600;

/** Decides what becomes of every table and column. Reads the file; touches no database. */
export function planImport(database: DatabaseSync, schema: SourceSchema, lowerCase: boolean): Plan {
  const names = new Names(lowerCase);
  const notKept: NotKept[] = [...schema.notKept];
  const renames: Rename[] = [];
  const rename = (from: string, to: string) => {
    if (from !== to) renames.push({ from, to });
    return to;
  };
  const named = schema.tables.map((table) => ({ table, target: rename(table.name, names.take(table.name)) }));
  const tables = named.map(({ table, target }): PlannedTable => {
    if (table.columns.length > MOST_COLUMNS) {
      throw new Error(
        `Table ${table.name} has ${table.columns.length} columns and PostgreSQL allows ${MOST_COLUMNS}. ` +
          'Split it into several tables in SQLite first.',
      );
    }
    const columnNames = Names.forColumns(lowerCase);
    const typed = typeColumns(database, table).map((column) => {
      const to = columnNames.take(column.name);
      if (to !== column.name) renames.push({ from: `${table.name}.${column.name}`, to: `${target}.${to}` });
      return { ...column, target: to };
    });
    const indexNames = new Map(table.indexes.map((index) => [index, rename(index.name, names.take(index.name))]));
    const scope = scopeOf(typed.filter(({ generatedAs }) => generatedAs === undefined));
    const columns = typed.map((column) => ({
      ...column,
      generatedSql: generatedSql(table.name, column, scope, notKept),
    }));
    return { source: table, target, columns, indexNames };
  });
  return {
    tables,
    notKept,
    renames,
    rejectsTable: names.take('rejects'),
  };
}

/** What an expression of the table may name. */
export function scopeOf(columns: readonly Omit<PlannedColumn, 'generatedSql'>[]): Scope {
  return new Map(
    columns.map(({ name, target, type, collation }) => [name.toLowerCase(), { name: target, type, collation }]),
  );
}

function generatedSql(
  table: string,
  column: Omit<PlannedColumn, 'generatedSql'>,
  scope: Scope,
  notKept: NotKept[],
): string | undefined {
  if (column.generatedAs === undefined) return undefined;
  try {
    const { sql, kind } = translate(column.generatedAs, scope);
    return asType(sql, kind, column.type);
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    notKept.push({
      what: `the expression of the generated column ${table}.${column.name}: ${column.generatedAs}`,
      why: `${error.message}; its values are kept in an ordinary column`,
    });
    return undefined;
  }
}

function asType(sql: string, kind: string, type: TargetType): string {
  if (kind === type || (kind === 'condition' && type === 'boolean')) return sql;
  // A condition is 0 or 1 in SQLite.
  if (kind === 'condition' && type === 'bigint') return `${sql}::integer`;
  if (kind === 'bigint' && type === 'double precision') return `${sql}::double precision`;
  throw new Untranslatable(`${kind} in a column of ${type}`);
}
