import type { DatabaseSync } from 'node:sqlite';
import { quoteName } from './quoting.ts';
import { query, type SourceTable } from './source-schema.ts';

/** Some rows of a table: what follows its name in SQL, and the parameters in that. */
export type Rows = { readonly clause: string; readonly values: readonly bigint[] };

export const ALL_ROWS: Rows = { clause: '', values: [] };

/** At most so many rows are a sample: blocks of neighbours, because those are read together. */
const BLOCKS = 200n;
const BLOCK_ROWS = 100n;

/** Blocks of rows all over a large table; everything of a small one. */
export function sampleOf(database: DatabaseSync, { name, rowidName }: SourceTable): readonly Rows[] {
  if (rowidName === undefined) return [ALL_ROWS];
  const [table, rowid] = [quoteName(name), quoteName(rowidName)];
  const find = (wanted: 'min' | 'max', from: string, ...values: bigint[]) => {
    const [row] = query(database, `select ${wanted}(${rowid}) as found from main.${table} ${from}`, ...values);
    return typeof row?.found === 'bigint' ? row.found : undefined;
  };
  const last = find('max', '');
  let start = find('min', '');
  if (start === undefined || last === undefined || last - start < 2n * BLOCKS * BLOCK_ROWS) return [ALL_ROWS];
  const step = (last - start) / BLOCKS;
  const sample: Rows[] = [];
  while (start !== undefined) {
    sample.push({ clause: `where ${rowid} >= ? order by ${rowid} limit ${BLOCK_ROWS}`, values: [start] });
    start = start + step > last ? undefined : find('min', `where ${rowid} >= ?`, start + step);
  }
  // Where rowids leave a stretch empty, a block stands for many rows or for few: some of them would decide for all.
  return sample.length < BLOCKS ? [ALL_ROWS] : sample;
}
