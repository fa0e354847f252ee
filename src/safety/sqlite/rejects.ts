import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Client } from 'pg';
import { copyLine, copyLinesIn } from './copy.ts';
import type { PlannedTable } from './plan.ts';
import { quoteName, quoteText } from './quoting.ts';
import { identityOf, TableReader } from './rows.ts';
import type { SourceFile } from './source-file.ts';
import { query, type SourceForeignKey } from './source-schema.ts';

/** The list of rejected rows is kept in a temporary table of SQLite's, so that it may be long. */
const REJECTED = 'temp.steadfast_rejected';

/** Leaves out of the import every row that does not fit, and those that refer to such a row or to none. */
export function collectRejects(source: SourceFile, tables: readonly PlannedTable[]): number {
  const { database } = source;
  database.exec(
    `create temporary table steadfast_rejected
     (tbl text, identity, col text, problem text, primary key (tbl, identity)) without rowid`,
  );
  const insert = database.prepare(`insert or ignore into ${REJECTED} values (?, ?, ?, ?)`);
  for (const table of tables) {
    const reader = new TableReader(source, table.source, table.columns);
    for (const row of reader.rows()) {
      const problem = reader.problemOf(row);
      if (problem === undefined) continue;
      if (problem.identity === null) {
        throw new Error(
          `Rows of ${table.source.name} cannot be rejected one by one, because columns hide the table's rowid. ` +
            `Rename its column rowid, _rowid_ or oid in SQLite. What is wrong: ${problem.column} holds ${problem.problem}.`,
        );
      }
      insert.run(table.source.name, problem.identity, problem.column, `holds ${problem.problem}`);
    }
  }
  while (rejectOrphans(database, tables) > 0);
  const [counted] = query(database, `select count(*) as rows from ${REJECTED}`);
  return Number(counted?.rows ?? 0);
}

/** A condition for the rows of the table that are not rejected. */
export function accepted(table: PlannedTable): string {
  const identity = identityOf(table.source);
  if (identity === undefined) return 'true';
  return `(${identity}) not in (select identity from ${REJECTED} where tbl = ${quoteText(table.source.name)})`;
}

function rejectOrphans(database: DatabaseSync, tables: readonly PlannedTable[]): number {
  let rejected = 0;
  for (const child of tables) {
    const identity = identityOf(child.source);
    if (identity === undefined) continue;
    for (const key of child.source.foreignKeys) {
      const parent = tables.find(({ source }) => source.name.toLowerCase() === key.parent.toLowerCase());
      if (parent === undefined) continue;
      const result = database
        .prepare(
          `insert or ignore into ${REJECTED}
           select ?, ${identity}, ?, ? from main.${quoteName(child.source.name)} as child
           where ${orphaned(key, parent)}`,
        )
        .run(child.source.name, key.columns.join(', '), `refers to a row of ${key.parent} that is not imported`);
      rejected += Number(result.changes);
    }
  }
  return rejected;
}

function orphaned(key: SourceForeignKey, parent: PlannedTable): string {
  const parentColumns = key.parentColumns ?? parent.source.primaryKey;
  const present = key.columns.map((column) => `child.${quoteName(column)} is not null`);
  const same = key.columns.map((column, index) => {
    return `parent.${quoteName(parentColumns[index] ?? '')} = child.${quoteName(column)}`;
  });
  return `${present.join(' and ')} and not exists (
    select from_parent.one from (
      select 1 as one from main.${quoteName(parent.source.name)} as parent
      where ${[...same, parentAccepted(parent)].join(' and ')}
    ) as from_parent
  )`;
}

function parentAccepted(parent: PlannedTable): string {
  const { rowidName, primaryKey, name } = parent.source;
  const identity =
    rowidName === undefined
      ? primaryKey.map((column) => `quote(parent.${quoteName(column)})`).join(` || ',' || `)
      : `parent.${quoteName(rowidName)}`;
  if (identity === '') return 'true';
  return `not exists (select 1 from ${REJECTED} as rejected
    where rejected.tbl = ${quoteText(name)} and rejected.identity = ${identity})`;
}

export function createRejectsTable(name: string): string {
  return `create table ${name} (
    table_name  text not null,
    "rowid"     bigint,
    column_name text not null,
    problem     text not null,
    "row"       json not null
  )`;
}

/** Copies the rejected rows, whole, into the table of rejects. Returns how many there are of each table. */
export async function storeRejects(
  client: Client,
  source: SourceFile,
  tables: readonly PlannedTable[],
  name: string,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  function* lines(): Generator<string> {
    for (const table of tables) {
      const identity = identityOf(table.source);
      if (identity === undefined) continue;
      const reader = new TableReader(source, table.source, table.columns);
      const reasons = source.database.prepare(
        `select col, problem from ${REJECTED} where tbl = ? and identity = ?`,
      );
      for (const row of reader.rows(`not (${accepted(table)})`)) {
        const key = table.source.rowidName === undefined ? keyOf(table, row) : reader.identity(row);
        const reason = reasons.get(table.source.name, key) as unknown as readonly SQLOutputValue[] | undefined;
        const cells = [
          table.source.name,
          typeof key === 'bigint' ? String(key) : null,
          String(reason?.[0]),
          String(reason?.[1]),
          rowAsJson(table, reader, row),
        ];
        counts.set(table.source.name, (counts.get(table.source.name) ?? 0) + 1);
        yield copyLine(cells);
      }
    }
  }
  await copyLinesIn(client, `copy ${name} from stdin`, lines());
  return counts;
}

/** The identity is the last value where it is no column. */
function keyOf(table: PlannedTable, row: readonly SQLOutputValue[]): SQLOutputValue {
  return row[table.columns.length] ?? null;
}

/** Nothing of a row gets lost: what JSON cannot say is an object that names what it is. */
function rowAsJson(table: PlannedTable, reader: TableReader, row: readonly SQLOutputValue[]): string {
  const members = table.columns.map(({ name }, index) => {
    return `${JSON.stringify(name)}: ${valueAsJson(reader, row, index)}`;
  });
  return `{${members.join(', ')}}`;
}

function valueAsJson(reader: TableReader, row: readonly SQLOutputValue[], index: number): string {
  const value = row[index] ?? null;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `{"real": "${value}"}`;
  if (value instanceof Uint8Array) return `{"blob": "${Buffer.from(value).toString('hex')}"}`;
  // PostgreSQL reads no NUL out of JSON.
  if (value?.includes('\0') || reader.isDoubtful(value)) {
    return JSON.stringify({
      text: value.replaceAll('\0', '\ufffd'),
      bytes: reader.raw(row, index)?.toString('hex'),
    });
  }
  return JSON.stringify(value);
}
