import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { quoteName } from './quoting.ts';
import { readIndexDefinition, readTableDefinition } from './table-definition.ts';
import { explainVirtualTable, isSearchIndex, type ShadowTable } from './virtual-tables.ts';

export type SourceColumn = {
  readonly name: string;
  /** As declared, upper case; empty where nothing is declared. */
  readonly declaredType: string;
  readonly notNull: boolean;
  /** SQLite's SQL, as written. */
  readonly default: string | undefined;
  readonly generatedAs: string | undefined;
  readonly collation: string;
};

export type SourceIndex = {
  readonly name: string;
  readonly unique: boolean;
  readonly columns: readonly {
    /** Undefined for an expression. */
    readonly column: string | undefined;
    readonly expression: string;
    readonly descending: boolean;
    readonly collation: string;
  }[];
  readonly where: string | undefined;
};

export type SourceForeignKey = {
  readonly columns: readonly string[];
  readonly parent: string;
  /** Undefined where the parent's primary key is meant. */
  readonly parentColumns: readonly string[] | undefined;
  readonly onUpdate: string;
  readonly onDelete: string;
  readonly deferred: boolean;
};

export type SourceTable = {
  readonly name: string;
  readonly columns: readonly SourceColumn[];
  readonly strict: boolean;
  /** The column that is the rowid, as of INTEGER PRIMARY KEY. */
  readonly rowidColumn: string | undefined;
  /** A name that reads the rowid; undefined for WITHOUT ROWID, and where columns have taken all its names. */
  readonly rowidName: string | undefined;
  readonly autoincrement: boolean;
  readonly primaryKey: readonly string[];
  /** UNIQUE constraints, and the primary key's collations are in its index. */
  readonly uniques: readonly SourceIndex[];
  readonly primaryKeyIndex: SourceIndex | undefined;
  readonly indexes: readonly SourceIndex[];
  readonly checks: readonly string[];
  readonly foreignKeys: readonly SourceForeignKey[];
  readonly conflictClauses: readonly string[];
};

/** Something that stays behind: what it is and why. */
export type NotKept = { readonly what: string; readonly why: string };

export type SourceSchema = { readonly tables: readonly SourceTable[]; readonly notKept: readonly NotKept[] };

type Row = Record<string, SQLOutputValue>;

/** Rows as objects, whatever the database's own setting. */
export function query(database: DatabaseSync, sql: string, ...values: SQLInputValue[]): Row[] {
  const statement = database.prepare(sql);
  statement.setReturnArrays(false);
  return statement.all(...values) as Row[];
}

/** Everything in the file that is worth moving, and what cannot be moved. */
export function readSchema(database: DatabaseSync): SourceSchema {
  const definitions = new Map(
    query(database, 'select name, sql from sqlite_schema').map(({ name, sql }) => [String(name), String(sql)]),
  );
  const tables: SourceTable[] = [];
  const shadows: ShadowTable[] = [];
  const notKept: NotKept[] = [];
  const listed = query(
    database,
    `select name, type, wr, strict from pragma_table_list
     where schema = 'main' and name not like 'sqlite\\_%' escape '\\' order by name`,
  ).map(({ name, type, wr, strict }) => ({
    name: String(name),
    type,
    withoutRowid: wr === 1n,
    strict: strict === 1n,
    sql: definitions.get(String(name)) ?? '',
  }));
  for (const { name, type, sql, ...options } of listed) {
    if (type !== 'table' && type !== 'shadow') continue;
    const table = readTable(database, name, sql, options);
    if (type === 'shadow') shadows.push({ ...table, rows: countRows(database, name) });
    if (type === 'table' || !isSearchIndex(table)) tables.push(table);
  }
  for (const { name, type, sql } of listed) {
    if (type === 'view') {
      notKept.push({ what: `view ${name}`, why: `write it anew in PostgreSQL's SQL: ${oneLine(sql)}` });
    } else if (type === 'virtual') {
      notKept.push({ what: `virtual table ${name}`, why: explainVirtualTable(name, oneLine(sql), shadows) });
    }
  }
  for (const { name, sql } of query(database, "select name, sql from sqlite_schema where type = 'trigger'")) {
    notKept.push({ what: `trigger ${name}`, why: `write it anew in PostgreSQL's SQL: ${oneLine(String(sql))}` });
  }
  return { tables, notKept };
}

function countRows(database: DatabaseSync, table: string): number {
  const [counted] = query(database, `select count(*) as rows from main.${quoteName(table)}`);
  return Number(counted?.rows ?? 0);
}

function readTable(
  database: DatabaseSync,
  name: string,
  sql: string,
  { withoutRowid, strict }: { withoutRowid: boolean; strict: boolean },
): SourceTable {
  const definition = readTableDefinition(sql);
  const rows = query(database, 'select * from pragma_table_xinfo(?) where hidden <> 1 order by cid', name);
  const columns = rows.map((row): SourceColumn => {
    const column = String(row.name);
    return {
      name: column,
      declaredType: String(row.type).toUpperCase(),
      notNull: row.notnull === 1n,
      default: row.dflt_value === null || row.hidden !== 0n ? undefined : String(row.dflt_value),
      generatedAs: row.hidden === 0n ? undefined : definition.generated.get(column),
      collation: definition.collations.get(column) ?? 'BINARY',
    };
  });
  const primaryKey = rows
    .filter(({ pk }) => pk !== 0n)
    .sort((a, b) => Number(a.pk) - Number(b.pk))
    .map((row) => String(row.name));
  const indexes = readIndexes(database, name);
  const primaryKeyIndex = indexes.find(({ origin }) => origin === 'pk');
  // INTEGER PRIMARY KEY, and only that, is the rowid and has no index.
  const rowidColumn =
    !withoutRowid && primaryKey.length === 1 && primaryKeyIndex === undefined ? primaryKey[0] : undefined;
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  const rowidName = withoutRowid
    ? undefined
    : (['rowid', '_rowid_', 'oid'].find((alias) => !taken.has(alias)) ?? rowidColumn);
  return {
    name,
    columns,
    strict,
    rowidColumn,
    rowidName,
    autoincrement: definition.autoincrement,
    primaryKey,
    primaryKeyIndex,
    uniques: indexes.filter(({ origin }) => origin === 'u'),
    indexes: indexes.filter(({ origin }) => origin === 'c'),
    checks: definition.checks,
    foreignKeys: readForeignKeys(database, name, definition.deferred),
    conflictClauses: definition.conflictClauses,
  };
}

function readIndexes(database: DatabaseSync, table: string): (SourceIndex & { origin: string })[] {
  const listed = query(
    database,
    `select list.name, list."unique", list.origin, schema.sql
     from pragma_index_list(?) as list left join sqlite_schema as schema on schema.name = list.name
     order by list.seq desc`,
    table,
  );
  return listed.map((index) => {
    const definition = index.sql === null ? undefined : readIndexDefinition(String(index.sql));
    const columns = query(
      database,
      'select name, "desc", coll from pragma_index_xinfo(?) where key = 1 order by seqno',
      String(index.name),
    );
    return {
      name: String(index.name),
      origin: String(index.origin),
      unique: index.unique === 1n,
      where: definition?.where,
      columns: columns.map((column, position) => ({
        column: column.name === null ? undefined : String(column.name),
        expression: definition?.expressions[position] ?? String(column.name),
        descending: column.desc === 1n,
        collation: String(column.coll).toUpperCase(),
      })),
    };
  });
}

function readForeignKeys(
  database: DatabaseSync,
  table: string,
  deferred: readonly boolean[],
): readonly SourceForeignKey[] {
  const rows = query(database, 'select * from pragma_foreign_key_list(?) order by id desc, seq', table);
  const keys = Map.groupBy(rows, ({ id }) => id);
  // SQLite numbers them from the last one written to the first.
  return [...keys.values()].map((parts, position) => {
    const [first = {}] = parts;
    return {
      columns: parts.map(({ from }) => String(from)),
      parent: String(first.table),
      parentColumns: first.to === null ? undefined : parts.map(({ to }) => String(to)),
      onUpdate: String(first.on_update),
      onDelete: String(first.on_delete),
      deferred: deferred[position] ?? false,
    };
  });
}

export function oneLine(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').trim();
}
