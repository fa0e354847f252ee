import type { Client } from 'pg';

export type RowCounts = Readonly<Record<string, number>>;

/** What is kept to watch the others by: nobody asks how many rows it has. */
const BOOKKEEPING = ['table_row_counts', 'consistency_findings', 'backup_history', 'backup_schedule'];

export const isCounted = (table: string) => !BOOKKEEPING.includes(table);

/** The tables of the schema public, each with PostgreSQL's estimate of its rows. */
export async function presentTables(client: Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ name: string; estimate: string }>(
    `select relname as name, greatest(reltuples, 0)::bigint as estimate
     from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     order by relname`,
  );
  return new Map(rows.map(({ name, estimate }) => [name, Number(estimate)]));
}

/** Above that a number is PostgreSQL's estimate, which may be far off. */
export const COUNTED_EXACTLY = 10_000;

/** Counts the rows of these tables: exactly up to ten thousand, by the estimate above. */
export async function countRows(client: Client, tables: ReadonlyMap<string, number>): Promise<RowCounts> {
  if (tables.size === 0) return {};
  const { rows } = await client.query<{ name: string; counted: string }>(
    [...tables.keys()]
      .map(
        (table) =>
          `select '${table}' as name, count(*) as counted
           from (select from public.${table} limit ${COUNTED_EXACTLY + 1}) as counted_rows`,
      )
      .join(' union all '),
  );
  return Object.fromEntries(
    rows.map(({ name, counted }) => {
      const exact = Number(counted);
      return [name, exact > COUNTED_EXACTLY ? Math.max(exact, tables.get(name) ?? 0) : exact];
    }),
  );
}
