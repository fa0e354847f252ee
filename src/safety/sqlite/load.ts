import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { ColumnChecksums } from './checksums.ts';
import type { RowProblem, TableReader } from './rows.ts';

const CHUNK_CHARACTERS = 65_536;
const TOLD_EVERY_ROWS = 100_000;
const ESCAPED = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A row that has no place in the table it is going to. */
export class RowRefused extends Error {
  readonly problem: RowProblem;
  constructor(problem: RowProblem) {
    super(problem.problem);
    this.name = 'RowRefused';
    this.problem = problem;
  }
}

/** What was read from the file: how many rows, and a checksum of each column. */
export type Loaded = { readonly rows: number; readonly checksums: readonly string[] };

export type LoadOptions = {
  readonly reader: TableReader;
  /** Rows of the file that are loaded; all if left out. */
  readonly where?: string;
  /** `copy … from stdin` for the columns at `stored`, in that order. */
  readonly copy: string;
  readonly columns: number;
  readonly stored: readonly number[];
  readonly progress: (rows: number) => void;
};

/**
 * Loads rows by COPY, in constant memory, with checksums of every column, also of those that PostgreSQL computes.
 * @throws {RowRefused} at the first row that does not fit
 */
export async function loadRows(client: Client, options: LoadOptions): Promise<Loaded> {
  const { reader, where, copy, columns, stored, progress } = options;
  const checksums = new ColumnChecksums(columns);
  let rows = 0;
  function* lines(): Generator<string> {
    const sent = new Array<string | null>(columns).fill(null);
    for (const row of reader.rows(where)) {
      const problem = reader.fit(row, sent);
      if (problem !== undefined) throw new RowRefused(problem);
      for (let index = 0; index < columns; index += 1) checksums.add(index, reader.meaning(row, index));
      rows += 1;
      if (rows % TOLD_EVERY_ROWS === 0) progress(rows);
      yield storedLine(sent, stored);
    }
  }
  await copyIn(client, copy, lines());
  return { rows, checksums: checksums.digests() };
}

/** Runs `copy … from stdin` with these lines, a chunk at a time, as fast as PostgreSQL takes them. */
export async function copyIn(client: Client, copy: string, lines: Iterable<string>): Promise<void> {
  function* chunks(): Generator<Buffer> {
    let chunk = '';
    for (const line of lines) {
      chunk += line;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      yield Buffer.from(chunk);
      chunk = '';
    }
    if (chunk !== '') yield Buffer.from(chunk);
  }
  await pipeline(chunks, client.query(copyFrom(copy)));
}

/** One row in COPY's text format. */
export function copyLine(cells: readonly (string | null)[]): string {
  return `${cells.map(copyCell).join('\t')}\n`;
}

function storedLine(sent: readonly (string | null)[], stored: readonly number[]): string {
  let line = '';
  for (let position = 0; position < stored.length; position += 1) {
    if (position > 0) line += '\t';
    line += copyCell(sent[stored[position] ?? 0] ?? null);
  }
  return `${line}\n`;
}

function copyCell(text: string | null): string {
  if (text === null) return '\\N';
  return ESCAPED.test(text) ? text.replaceAll(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? '') : text;
}
