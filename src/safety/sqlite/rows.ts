import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import { BinaryRows } from './binary-rows.ts';
import type { TypedColumn } from './column-types.ts';
import { quoteName } from './quoting.ts';
import { type Row, rowsInBatches } from './row-batches.ts';
import type { SourceFile } from './source-file.ts';
import type { SourceTable } from './source-schema.ts';
import { type Codec, codecOf, show } from './values.ts';

/** A value that has no place in the table it is going to, and where it is. */
export type RowProblem = {
  readonly table: string;
  /** What tells the row from others in SQL: the rowid, or the quoted key; null where there is neither. */
  readonly identity: SQLOutputValue;
  readonly column: string;
  /** In words that follow "holds". */
  readonly problem: string;
  /** Shortened, for people. */
  readonly value: string;
};

/** What the driver makes of bytes that are no valid text: in UTF-16 also a character of two halves, out of one. */
const DOUBTFUL = { utf8: /\ufffd/, utf16: /[\ud800-\udfff\ufffd]/ } as const;

/** SQL that tells a row of the table from all others: its rowid, or its key, quoted. Undefined where there is no way. */
export function identityOf(table: SourceTable): string | undefined {
  if (table.rowidName !== undefined) return quoteName(table.rowidName);
  if (table.primaryKey.length === 0) return undefined;
  return table.primaryKey.map((name) => `quote(${quoteName(name)})`).join(` || ',' || `);
}

/** Reads the rows of one table and writes them in the form in which PostgreSQL takes them. */
export class TableReader {
  readonly #source: SourceFile;
  readonly #table: SourceTable;
  readonly #columns: readonly TypedColumn[];
  readonly #codecs: readonly Codec[];
  readonly #doubtful: RegExp;
  readonly #identityAt: number;
  readonly #places: readonly number[];
  readonly #unused = new BinaryRows();
  readonly #raw = new Map<number, StatementSync>();

  constructor(source: SourceFile, table: SourceTable, columns: readonly TypedColumn[]) {
    this.#source = source;
    this.#table = table;
    this.#columns = columns;
    this.#codecs = columns.map(codecFor);
    this.#doubtful = source.encoding === 'utf-8' ? DOUBTFUL.utf8 : DOUBTFUL.utf16;
    this.#places = [...columns.keys()];
    const rowid = columns.findIndex(({ name }) => name === table.rowidColumn);
    this.#identityAt = rowid < 0 ? columns.length : rowid;
  }

  /** The rows in the order of their key, each with the value of every column, and what identifies it. */
  rows(where?: string): Iterable<Row> {
    const { name, rowidName } = this.#table;
    const { database } = this.#source;
    const columns = this.#columns.map(({ name }) => quoteName(name));
    if (this.#identityAt === columns.length) columns.push(identityOf(this.#table) ?? 'null');
    const table = `main.${quoteName(name)}`;
    if (rowidName !== undefined && where === undefined) {
      return rowsInBatches(database, { columns, table, rowid: quoteName(rowidName), rowidAt: this.#identityAt });
    }
    const statement = database.prepare(
      `select ${columns.join(', ')} from ${table} not indexed where ${where ?? 'true'}`,
    );
    // Rows are arrays: that is how the database was opened.
    return statement.iterate() as Iterable<unknown> as Iterable<Row>;
  }

  /**
   * Writes a row, or the columns at `places` of it. Returns the first value that has no place there; what was written of
   * the row is useless then.
   */
  write(row: Row, into: BinaryRows, places: readonly number[] = this.#places): RowProblem | undefined {
    into.begin(places.length);
    for (const index of places) {
      const value = row[index] ?? null;
      if (value === null) {
        into.null();
        continue;
      }
      const misfit = this.#codecs[index]?.(value, into);
      if (misfit !== undefined) return this.#problem(row, index, misfit.problem);
      if (this.isDoubtful(value) && !this.#isValidText(row, index)) {
        return this.#problem(row, index, 'a text with bytes that are no valid characters');
      }
    }
    return undefined;
  }

  /** Whether it is a text that may be another than the file has. */
  isDoubtful(value: SQLOutputValue): value is string {
    return typeof value === 'string' && this.#doubtful.test(value);
  }

  /** The first value of a row that has no place where it is going. */
  problemOf(row: Row): RowProblem | undefined {
    this.#unused.clear();
    return this.write(row, this.#unused);
  }

  /** The bytes of a text as the file has them; undefined where the row cannot be found again. */
  raw(row: Row, index: number): Buffer | undefined {
    const { rowidName, primaryKey, name } = this.#table;
    const keys = rowidName === undefined ? primaryKey : [rowidName];
    if (keys.length === 0) return undefined;
    let statement = this.#raw.get(index);
    if (statement === undefined) {
      const column = quoteName(this.#columns[index]?.name ?? '');
      const condition = keys.map((key) => `${quoteName(key)} is ?`).join(' and ');
      statement = this.#source.database.prepare(
        `select cast(${column} as blob) from main.${quoteName(name)} where ${condition}`,
      );
      this.#raw.set(index, statement);
    }
    const values =
      rowidName === undefined
        ? primaryKey.map((key) => row[this.#columns.findIndex((column) => column.name === key)] ?? null)
        : [this.identity(row)];
    const found = statement.get(...values) as unknown as Row | undefined;
    const bytes = found?.[0];
    return bytes instanceof Uint8Array ? Buffer.from(bytes) : undefined;
  }

  identity(row: Row): SQLOutputValue {
    return row[this.#identityAt] ?? null;
  }

  /** What is doubtful may also be what somebody wrote: the bytes tell. */
  #isValidText(row: Row, index: number): boolean {
    const bytes = this.raw(row, index);
    if (bytes === undefined) return false;
    try {
      const decoder = new TextDecoder(this.#source.encoding, { fatal: true, ignoreBOM: true });
      return decoder.decode(bytes) === row[index];
    } catch {
      return false;
    }
  }

  #problem(row: Row, index: number, problem: string): RowProblem {
    return {
      table: this.#table.name,
      identity: this.identity(row),
      column: this.#columns[index]?.name ?? '',
      problem,
      value: show(row[index] ?? null),
    };
  }
}

/** A computed zero may have a sign in one database and none in the other. */
function codecFor({ type, generatedAs }: TypedColumn): Codec {
  const codec = codecOf(type);
  if (generatedAs === undefined || type !== 'double precision') return codec;
  return (value, into) => codec(typeof value === 'number' ? value + 0 : value, into);
}

/** A problem as a person finds it: table, column, row and value. */
export function describeProblem({ table, identity, column, problem, value }: RowProblem): string {
  const row =
    typeof identity === 'bigint' ? `rowid ${identity}` : identity === null ? 'a row' : `key ${String(identity)}`;
  return `${table}.${column}, ${row}: holds ${problem}: ${value}`;
}
