import type { Client } from 'pg';
import type { RowCounts } from './row-counts.ts';

/** A table without a row that had this many. */
export type EmptiedTable = { readonly table: string; readonly rows: number };

/** What a blog that is in use never loses all of by itself. */
const WATCHED = ['users', 'articles', 'article_totals', 'article_tags', 'tags', 'favorites', 'follows', 'comments'];

/** Fewer than that may well be deleted between two looks. */
const FULL = 10;

/** How far the remembered number may be off before it is written anew. */
const TOLERANCE = 0.1;

/**
 * Compares the counts with what was remembered in the database, and where it remembers nothing of a table (somebody put
 * an empty database in its place) with what `elsewhere` knows. Remembers what it sees where it may write; a table that
 * is empty is never remembered as empty.
 */
export async function watchRowCounts(
  client: Client,
  counts: RowCounts,
  elsewhere: () => Promise<RowCounts>,
): Promise<EmptiedTable[]> {
  const remembered = await recall(client);
  const watched = WATCHED.map((table) => ({ table, rows: counts[table] ?? 0 }));
  const changed = watched.filter(({ table, rows }) => {
    const before = remembered.get(table) ?? 0;
    return rows > 0 && Math.abs(rows - before) > TOLERANCE * before;
  });
  if (changed.length > 0) await remember(client, changed);

  const empty = watched.filter(({ rows }) => rows === 0).map(({ table }) => table);
  const others = empty.some((table) => !remembered.has(table)) ? await elsewhere() : {};
  return empty
    .map((table) => ({ table, rows: remembered.get(table) ?? others[table] ?? 0 }))
    .filter(({ rows }) => rows >= FULL);
}

async function recall(client: Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ name: string; rows: string }>(
    'select table_name as name, row_count as rows from public.table_row_counts',
  );
  return new Map(rows.map(({ name, rows }) => [name, Number(rows)]));
}

/** A standby and a full disk take no notes; the next look tries again. */
async function remember(client: Client, seen: readonly EmptiedTable[]): Promise<void> {
  try {
    await client.query('begin read write');
    await client.query(
      `insert into public.table_row_counts (table_name, row_count)
       select * from unnest($1::text[], $2::bigint[])
       on conflict (table_name) do update set row_count = excluded.row_count, counted_at = now()`,
      [seen.map(({ table }) => table), seen.map(({ rows }) => rows)],
    );
    await client.query('commit');
  } catch {
    await client.query('rollback');
  }
}

/** What happened and what to do, for whoever is on call. */
export function explainEmptied(emptied: readonly EmptiedTable[]): string {
  const tables = emptied.map(({ table, rows }) => `${table} (had ${rows} rows)`).join(', ');
  return (
    `Tables are suddenly empty: ${tables}. Find out which database this is and who emptied it, and restore: ` +
    'npm run restore -- latest. If it is meant: docs/runbook/table-suddenly-empty.md.'
  );
}
