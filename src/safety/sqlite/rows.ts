import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import type { TypedColumn } from './column-types.ts';
import { quoteName } from './quoting.ts';
import type { SourceFile } from './source-file.ts';
import type { SourceTable } from './source-schema.ts';
import { type Codec, codecOf, Misfit, show } from './values.ts';

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

const REPLACEMENT = '\ufffd';

/** SQL that tells a row of the table from all others: its rowid, or its key, quoted. Undefined where there is no way. */
export function identityOf(table: SourceTable): string | undefined {
  if (table.rowidName !== undefined) return quoteName(table.rowidName);
  if (table.primaryKey.length === 0) return undefined;
  return table.primaryKey.map((name) => `quote(${quoteName(name)})`).join(` || ',' || `);
}

/** Reads the rows of one table and turns each value into what PostgreSQL is sent. */
export class TableReader {
  readonly #source: SourceFile;
  readonly #table: SourceTable;
  readonly #columns: readonly TypedColumn[];
  readonly #codecs: readonly Codec[];
  readonly #identityAt: number;
  readonly #raw = new Map<number, StatementSync>();

  constructor(source: SourceFile, table: SourceTable, columns: readonly TypedColumn[]) {
    this.#source = source;
    this.#table = table;
    this.#columns = columns;
    this.#codecs = columns.map(({ type }) => codecOf(type));
    const rowid = columns.findIndex(({ name }) => name === table.rowidColumn);
    this.#identityAt = rowid < 0 ? columns.length : rowid;
  }

  /** The rows in the order of their key, each with the value of every column, and what identifies it. */
  rows(where = 'true'): Iterable<SQLOutputValue[]> {
    const columns = this.#columns.map(({ name }) => quoteName(name));
    if (this.#identityAt === columns.length) columns.push(identityOf(this.#table) ?? 'null');
    const statement = this.#source.database.prepare(
      `select ${columns.join(', ')} from main.${quoteName(this.#table.name)} not indexed where ${where}`,
    );
    // Rows are arrays: that is how the database was opened.
    return statement.iterate() as Iterable<unknown> as Iterable<SQLOutputValue[]>;
  }

  /** Writes what PostgreSQL is sent into `sent`, null for null. Returns the first value that has no place there. */
  fit(row: readonly SQLOutputValue[], sent: (string | null)[]): RowProblem | undefined {
    for (let index = 0; index < this.#codecs.length; index += 1) {
      const value = row[index] ?? null;
      if (value === null) {
        sent[index] = null;
        continue;
      }
      const text = this.#codecs[index]?.send(value) ?? '';
      if (text instanceof Misfit) return this.#problem(row, index, text.problem);
      if (typeof value === 'string' && text.includes(REPLACEMENT) && !this.#isValidText(row, index)) {
        return this.#problem(row, index, 'a text with bytes that are no valid characters');
      }
      sent[index] = text;
    }
    return undefined;
  }

  /** What the value means, in the form that `received` values are brought into too; `sent` is what `fit` wrote. */
  meaning(row: readonly SQLOutputValue[], index: number, sent: string | null): string | null {
    const value = row[index] ?? null;
    return value === null ? null : (this.#codecs[index]?.meaning?.(value) ?? sent);
  }

  /** The bytes of a text as the file has them; undefined where the row cannot be found again. */
  raw(row: readonly SQLOutputValue[], index: number): Buffer | undefined {
    const { rowidName, primaryKey, name } = this.#table;
    const keys = rowidName === undefined ? primaryKey : [rowidName];
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
    const found = statement.get(...values) as unknown as readonly SQLOutputValue[] | undefined;
    const bytes = found?.[0];
    return bytes instanceof Uint8Array ? Buffer.from(bytes) : undefined;
  }

  identity(row: readonly SQLOutputValue[]): SQLOutputValue {
    return row[this.#identityAt] ?? null;
  }

  /** SQLite's driver shows what is no valid text with U+FFFD, which may also be what somebody wrote. */
  #isValidText(row: readonly SQLOutputValue[], index: number): boolean {
    const bytes = this.raw(row, index);
    if (bytes === undefined) return false;
    try {
      const decoder = new TextDecoder(this.#source.encoding, { fatal: true, ignoreBOM: true });
      return decoder.decode(bytes) === row[index];
    } catch {
      return false;
    }
  }

  #problem(row: readonly SQLOutputValue[], index: number, problem: string): RowProblem {
    return {
      table: this.#table.name,
      identity: this.identity(row),
      column: this.#columns[index]?.name ?? '',
      problem,
      value: show(row[index] ?? null),
    };
  }
}

/** A problem as a person finds it: table, column, row and value. */
export function describeProblem({ table, identity, column, problem, value }: RowProblem): string {
  const row =
    typeof identity === 'bigint' ? `rowid ${identity}` : identity === null ? 'a row' : `key ${String(identity)}`;
  return `${table}.${column}, ${row}: holds ${problem}: ${value}`;
}
