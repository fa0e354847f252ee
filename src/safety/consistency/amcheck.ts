import { type Client, DatabaseError } from 'pg';
import { messageOf } from '../error-message.ts';

export type IndexCheck = {
  /** "articles_slug_key: heap tuple … lacks matching index tuple": PostgreSQL's own words. */
  readonly damaged: readonly string[];
  readonly unchecked: string | undefined;
};

/** A lock or a time limit kept it from being looked at, which says nothing about the index. */
const NOT_LOOKED_AT: ReadonlySet<string> = new Set(['55P03', '57014']);

/**
 * Compares every B-tree index with its table by PostgreSQL's extension amcheck. Where it is not installed, it is for
 * as long as this takes; where that is not allowed, `unchecked` says so.
 */
export async function checkIndexes(client: Client): Promise<IndexCheck> {
  await client.query('begin');
  try {
    const refusal = await provideAmcheck(client);
    if (refusal !== undefined) return { damaged: [], unchecked: refusal };
    const { rows } = await client.query<{ index: string; name: string }>(
      `select indexrelid::regclass::text as index, relname as name
       from pg_index
       join pg_class on pg_class.oid = indexrelid
       where relnamespace = 'public'::regnamespace and indisvalid and relkind = 'i'
         and relam = (select oid from pg_am where amname = 'btree')
       order by relname`,
    );
    const damaged: string[] = [];
    for (const { index, name } of rows) {
      await client.query('savepoint one');
      try {
        await client.query('select bt_index_check($1::regclass, true)', [index]);
      } catch (error) {
        await client.query('rollback to one');
        if (error instanceof DatabaseError && NOT_LOOKED_AT.has(error.code ?? '')) throw error;
        damaged.push(`${name}: ${messageOf(error)}`);
      }
    }
    return { damaged, unchecked: undefined };
  } finally {
    await client.query('rollback');
  }
}

async function provideAmcheck(client: Client): Promise<string | undefined> {
  await client.query('savepoint before');
  try {
    await client.query('create extension if not exists amcheck');
    await client.query("select 'bt_index_check(regclass, boolean)'::regprocedure");
    const { rows } = await client.query<{ allowed: boolean }>(
      "select has_function_privilege('bt_index_check(regclass, boolean)', 'execute') as allowed",
    );
    return rows[0]?.allowed === true ? undefined : 'this role may not run bt_index_check: grant it execute on that';
  } catch (error) {
    await client.query('rollback to before');
    const reason = messageOf(error);
    return (
      `${reason}. Run npm run doctor -- --data once with DB_OWNER_USER set to a superuser, which installs amcheck for as ` +
      'long as that takes. Do not install it here for good: only a superuser could restore the backups then.'
    );
  }
}
