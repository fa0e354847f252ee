import { type Client, escapeIdentifier } from 'pg';
import { CHECKSUMS_TABLE, CREATE_CHECKSUMS_TABLE, noteChecksum } from './ledger.ts';
import type { Migration } from './migration-files.ts';
import { parseStatements } from './sql-statements.ts';

/**
 * Makes running a file outside a transaction the same as running it for the first time. That it was begun is noted
 * beside the ledger; when it was begun before, the indexes it builds are what a failed or killed run left, invalid or
 * complete but not noted, and are dropped. An invalid index is of no use to anybody and is dropped in any case.
 */
export async function prepareRepetition(
  client: Client,
  migration: Migration,
  progress: (sentence: string) => void,
): Promise<void> {
  await client.query(CREATE_CHECKSUMS_TABLE);
  const { rowCount } = await client.query(`select from public.${CHECKSUMS_TABLE} where name = $1`, [
    migration.name,
  ]);
  const begunBefore = rowCount !== 0;
  for (const { name, valid } of await existing(client, await indexesBuiltBy(migration))) {
    if (valid && !begunBefore) {
      throw new Error(
        `the index ${name} is there already, and no run of this migration built it; ` +
          `rename it or drop it (drop index concurrently ${escapeIdentifier(name)}) and run: npm run migrate`,
      );
    }
    progress(
      `Dropping ${valid ? 'the' : 'the invalid'} index ${name}, which an earlier run left; it is built anew`,
    );
    await client.query(`drop index concurrently if exists public.${escapeIdentifier(name)}`);
  }
  await client.query(noteChecksum(migration));
}

/** The invalid indexes of a database: a failed or running `create index concurrently` leaves them. */
export async function findInvalidIndexes(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name
     from pg_index join pg_class on pg_class.oid = indexrelid
     where relnamespace = 'public'::regnamespace and not indisvalid
     order by relname`,
  );
  return rows.map(({ name }) => name);
}

async function indexesBuiltBy({ sql }: Migration): Promise<string[]> {
  const statements = await parseStatements(sql);
  return statements.flatMap(({ node }) =>
    'IndexStmt' in node && node.IndexStmt.idxname !== undefined ? [node.IndexStmt.idxname] : [],
  );
}

async function existing(client: Client, names: readonly string[]): Promise<{ name: string; valid: boolean }[]> {
  const { rows } = await client.query<{ name: string; valid: boolean }>(
    `select relname as name, indisvalid as valid
     from pg_index join pg_class on pg_class.oid = indexrelid
     where relnamespace = 'public'::regnamespace and relname = any ($1)`,
    [names],
  );
  return rows;
}
