import type { Client } from 'pg';
import { COUNTED_EXACTLY, type RowCounts } from './row-counts.ts';

/** A table that lost its rows: it has `left`, and had `rows`. */
export type EmptiedTable = { readonly table: string; readonly rows: number; readonly left: number };

/** What a blog that is in use never loses all of by itself. */
const WATCHED = ['users', 'articles', 'article_totals', 'article_tags', 'tags', 'favorites', 'follows', 'comments'];

/** Fewer than that may well be deleted between two looks. */
const FULL = 10;

/** A table that had so many and has not a tenth of them was emptied too: somebody has written into it since. */
const MANY = 100;
const LEFT_AT_MOST = 0.1;

/** How far the remembered number may be off before it is written anew. */
const TOLERANCE = 0.1;

/**
 * Compares the counts with what was remembered in the database, and where it remembers nothing of a table (somebody put
 * an empty database in its place) with what `elsewhere` knows. Remembers what it sees where it may write; of an emptied
 * table it remembers what was there, until somebody says that it is meant.
 */
export async function watchRowCounts(
  client: Client,
  counts: RowCounts,
  elsewhere: () => Promise<RowCounts>,
): Promise<EmptiedTable[]> {
  const remembered = await recall(client);
  const others = WATCHED.some((table) => !remembered.has(table)) ? await elsewhere() : {};
  const watched = WATCHED.map((table) => {
    const left = counts[table] ?? 0;
    const rows = remembered.get(table) ?? others[table] ?? 0;
    return { table, left, rows, emptied: isEmptied(left, rows) };
  });
  const changed = watched.filter(({ table, left, emptied }) => {
    const noted = remembered.get(table);
    if (noted === undefined) return emptied || left > 0;
    return !emptied && left > 0 && Math.abs(left - noted) > TOLERANCE * noted;
  });
  if (changed.length > 0) await remember(client, changed);
  return watched.filter(({ emptied }) => emptied).map(({ table, rows, left }) => ({ table, rows, left }));
}

function isEmptied(left: number, rows: number): boolean {
  if (left === 0) return rows >= FULL;
  return rows >= MANY && left < LEFT_AT_MOST * rows && left <= COUNTED_EXACTLY;
}

async function recall(client: Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ name: string; rows: string }>(
    'select table_name as name, row_count as rows from public.table_row_counts',
  );
  return new Map(rows.map(({ name, rows }) => [name, Number(rows)]));
}

/** A standby and a full disk take no notes; the next look tries again. */
async function remember(
  client: Client,
  seen: readonly (EmptiedTable & { readonly emptied: boolean })[],
): Promise<void> {
  try {
    await client.query('begin read write');
    await client.query(
      `insert into public.table_row_counts (table_name, row_count)
       select * from unnest($1::text[], $2::bigint[])
       on conflict (table_name) do update set row_count = excluded.row_count, counted_at = now()`,
      [seen.map(({ table }) => table), seen.map(({ emptied, left, rows }) => (emptied ? rows : left))],
    );
    await client.query('commit');
  } catch {
    await client.query('rollback');
  }
}

/** What happened and what to do, for whoever is on call. */
export function explainEmptied(emptied: readonly EmptiedTable[]): string {
  const tables = emptied
    .map(({ table, rows, left }) => `${table} (had ${rows} rows${left > 0 ? `, now ${left}` : ''})`)
    .join(', ');
  return (
    `Tables are suddenly empty: ${tables}. Find out which database this is and who emptied it, and restore ` +
    'a backup from before: npm run backup -- --list, npm run restore -- NAME. If it is meant: docs/runbook/table-suddenly-empty.md.'
  );
}
