import { createHash, type Hash } from 'node:crypto';
import pg, { type Client } from 'pg';
import { BinaryRows } from './binary-rows.ts';
import { compareRows } from './compare.ts';
import { CHUNK_BYTES, copyIn } from './copy.ts';
import type { PlannedColumn, PlannedTable } from './plan.ts';
import { quoteName, quoteNames } from './quoting.ts';
import { type RowProblem, TableReader } from './rows.ts';
import type { SourceFile } from './source-file.ts';
import { qualified } from './target-tables.ts';
import { UnusableFile } from './unusable-file.ts';

const TOLD_EVERY_ROWS = 100_000;

/** Rows come back in the order they were loaded: that of the table's pages from the first on, and of no index. */
const READ_IN_ORDER = `
  set local enable_indexscan = off;
  set local enable_indexonlyscan = off;
  set local enable_bitmapscan = off;
  set local synchronize_seqscans = off;
  set local max_parallel_workers_per_gather = 0`;

/** A row that has no place in the table it is going to. */
export class RowRefused extends Error {
  readonly problem: RowProblem;
  constructor(problem: RowProblem) {
    super(problem.problem);
    this.name = 'RowRefused';
    this.problem = problem;
  }
}

/** The rows of one table, on their way to one that was created in the same transaction. */
export class TableImport {
  readonly table: PlannedTable;
  readonly #reader: TableReader;
  readonly #where: string | undefined;
  readonly #target: string;
  /** The columns that are sent, by their place; PostgreSQL computes the others. */
  readonly #sent: readonly number[];
  #rows = 0;
  /** SHA-256 of the rows as PostgreSQL is to give them back. */
  #digest = '';

  /** `where` says which rows of the file are meant; all if left out. */
  constructor(source: SourceFile, schema: string, table: PlannedTable, where?: string) {
    this.table = table;
    this.#reader = new TableReader(source, table.source, table.columns);
    this.#where = where;
    this.#target = qualified(schema, table.target);
    this.#sent = [...table.columns.keys()].filter((index) => table.columns[index]?.generatedSql === undefined);
  }

  /** How many rows were loaded. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Loads the rows by COPY, in constant memory.
   * @throws {RowRefused} at the first row that does not fit
   * @throws {UnusableFile} at the first row of which PostgreSQL cannot compute a column
   */
  async load(client: Client, progress: (sentence: string) => void): Promise<void> {
    const { target, columns } = this.table;
    progress(`Loading ${target}`);
    const names = quoteNames(this.#sent.map((index) => columns[index]?.target ?? ''));
    // Nobody else sees the table yet, so its rows may be what PostgreSQL makes of old ones in time (freeze).
    const copy = `copy ${this.#target} (${names}) from stdin with (format binary, freeze)`;
    const hash = createHash('sha256');
    const rows = this.#load(hash, (rows) => progress(`Loading ${target}: ${rows} rows so far`));
    await copyIn(client, copy, rows).catch((error: unknown) => {
      throw this.#refused(error);
    });
    this.#digest = hash.digest('hex');
  }

  /**
   * Reads the rows back, with what PostgreSQL computed. From then on the transaction uses no index.
   * @throws {UnusableFile} where a cell is not what the file has
   */
  async compare(client: Client, progress: (sentence: string) => void): Promise<void> {
    const { source, target, columns } = this.table;
    progress(`Comparing ${target}`);
    const query = `select ${columns.map(comparable).join(', ')} from ${this.#target}`;
    await client.query(READ_IN_ORDER);
    const difference = await compareRows(client, query, this.#digest, () => this.#expected());
    if (difference === undefined) return;
    const different = difference.columns.map((index) => columns[index]?.name).join(', ') || 'none';
    throw new UnusableFile(
      `Table ${source.name} is not the same in PostgreSQL: ${this.#rows} rows were read, ${difference.rows} are there; ` +
        `columns with a difference: ${different}. Nothing was imported. ` +
        'This is a defect of the import: please report it with the definition of the table.',
    );
  }

  /** What is sent has been looked at, so that what PostgreSQL refuses is a value that it computes. */
  #refused(error: unknown): unknown {
    const { source, columns } = this.table;
    const computed = columns.filter(({ generatedSql }) => generatedSql !== undefined).map(({ name }) => name);
    const isRefusal = error instanceof pg.DatabaseError && /^22/.test(error.code ?? '');
    if (!isRefusal || computed.length === 0) return error;
    return new UnusableFile(
      `PostgreSQL cannot compute a generated column of table ${source.name} (${computed.join(', ')}): ` +
        `${error.message} (${error.where ?? 'no place is known'}). Nothing was imported. Correct the row in SQLite, or ` +
        'make an ordinary column of it there, then run this again.',
    );
  }

  /** The rows as they are sent; `hash` gets them as they are to come back. */
  *#load(hash: Hash, told: (rows: number) => void): Generator<Buffer> {
    const expected = new BinaryRows();
    const sent = this.#sent.length === this.table.columns.length ? expected : new BinaryRows();
    const take = () => {
      const bytes = expected.take();
      hash.update(bytes);
      return sent === expected ? bytes : sent.take();
    };
    this.#rows = 0;
    for (const row of this.#reader.rows(this.#where)) {
      const problem = this.#reader.write(row, expected);
      if (problem !== undefined) throw new RowRefused(problem);
      if (sent !== expected) this.#reader.write(row, sent, this.#sent);
      this.#rows += 1;
      if (this.#rows % TOLD_EVERY_ROWS === 0) told(this.#rows);
      if (expected.length >= CHUNK_BYTES) yield take();
    }
    expected.end();
    if (sent !== expected) sent.end();
    yield take();
  }

  /** The rows as they are to come back. */
  *#expected(): Generator<Buffer> {
    const rows = new BinaryRows();
    for (const row of this.#reader.rows(this.#where)) {
      this.#reader.write(row, rows);
      if (rows.length >= CHUNK_BYTES) yield rows.take();
    }
    rows.end();
    yield rows.take();
  }
}

/** A computed zero has no sign, as where the file's are read. */
function comparable({ target, type, generatedSql }: PlannedColumn): string {
  const isComputed = generatedSql !== undefined && type === 'double precision';
  return isComputed ? `${quoteName(target)} + 0` : quoteName(target);
}
