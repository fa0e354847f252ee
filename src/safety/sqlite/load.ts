import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { ColumnChecksums } from './checksums.ts';
import type { RowProblem, TableReader } from './rows.ts';
import { codecOf, type TargetType } from './values.ts';

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
  /** Of all columns. */
  readonly types: readonly TargetType[];
  readonly stored: readonly number[];
  readonly progress: (rows: number) => void;
};

/**
 * Loads rows by COPY, in constant memory, with checksums of every column, also of those that PostgreSQL computes.
 * @throws {RowRefused} at the first row that does not fit
 */
export async function loadRows(client: Client, options: LoadOptions): Promise<Loaded> {
  const { reader, where, copy, types, stored, progress } = options;
  const checksums = new ColumnChecksums(types.length);
  const columns = stored.map((index) => ({ index, escaped: codecOf(types[index] ?? 'text').escaped === true }));
  let rows = 0;
  function* chunks(): Generator<string> {
    const sent = new Array<string | null>(types.length).fill(null);
    let chunk = '';
    for (const row of reader.rows(where)) {
      const problem = reader.fit(row, sent);
      if (problem !== undefined) throw new RowRefused(problem);
      for (let index = 0; index < types.length; index += 1) {
        checksums.add(index, reader.meaning(row, index, sent[index] ?? null));
      }
      let separator = '';
      for (const { index, escaped } of columns) {
        const cell = sent[index] ?? null;
        chunk += separator + (escaped || cell === null ? copyCell(cell) : cell);
        separator = '\t';
      }
      chunk += '\n';
      rows += 1;
      if (rows % TOLD_EVERY_ROWS === 0) progress(rows);
      if (chunk.length < CHUNK_CHARACTERS) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
  await copyIn(client, copy, chunks());
  return { rows, checksums: checksums.digests() };
}

/** Runs `copy … from stdin` with these texts of whole lines, as fast as PostgreSQL takes them. */
export async function copyIn(client: Client, copy: string, texts: Iterable<string>): Promise<void> {
  function* chunks(): Generator<Buffer> {
    let chunk = '';
    for (const text of texts) {
      chunk += text;
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

function copyCell(text: string | null): string {
  if (text === null) return '\\N';
  return ESCAPED.test(text) ? text.replaceAll(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? '') : text;
}
