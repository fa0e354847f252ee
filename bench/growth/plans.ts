import { type Client, escapeLiteral } from 'pg';
import type { Statement, StatementValue } from '../../src/database/statement.ts';

/** How PostgreSQL executed a statement, and how many pages of 8 kB it looked at for that. */
export type Plan = { readonly text: string; readonly buffers: number; readonly sequential: readonly string[] };

/** The first execution meets pages that nobody has asked for yet. */
const EXECUTIONS_BEFORE = 2;

/** The plan of a statement on a connection as the pool's are, by `explain (analyze, buffers)`. */
export async function planOf(
  client: Client,
  { text }: Statement,
  values: readonly StatementValue[],
): Promise<Plan> {
  const given = values.map(literal).join(', ');
  const execute = `execute growth_read${given === '' ? '' : ` (${given})`}`;
  await client.query('set plan_cache_mode = force_generic_plan; set jit = off');
  await client.query(`prepare growth_read as ${text}`);
  for (let done = 0; done < EXECUTIONS_BEFORE; done += 1) await client.query(execute);
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${execute}`);
  await client.query('deallocate growth_read');
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  // The first such line is the whole statement's.
  const buffers = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(plan);
  return {
    text: plan,
    buffers: Number(buffers?.[1] ?? 0) + Number(buffers?.[2] ?? 0),
    sequential: [...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table = '']) => table),
  };
}

function literal(value: StatementValue): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return escapeLiteral(`{${value.join()}}`);
  return escapeLiteral(String(value));
}
