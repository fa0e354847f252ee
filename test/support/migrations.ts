import { loadConfig } from '../../src/config/config.ts';
import type { DatabaseAddress } from '../../src/config/database-address.ts';
import { isCounted } from '../../src/safety/migrations/row-counts.ts';
import { readSchemaDescription, tablesOf } from '../../src/safety/migrations/schema-description.ts';
import { sql } from './shared-servers.ts';

/** Every table that the committed description of the schema names. */
export const REQUIRED_TABLES = tablesOf(readSchemaDescription());

/** Those of them whose rows are counted. */
export const COUNTED_TABLES = REQUIRED_TABLES.filter(isCounted);

export function addressOf(url: string): DatabaseAddress {
  return loadConfig({ DATABASE_URL: url }).database;
}

/** Everything anybody has created in a database: relations, functions and schemas that PostgreSQL did not bring. */
export async function createdIn(url: string): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    url,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace
     union all
     select proname from pg_proc where pronamespace = 'public'::regnamespace
     union all
     select nspname from pg_namespace where nspname !~ '^(pg_|public$|information_schema$)'
     order by name`,
  );
  return rows.map(({ name }) => name);
}

/** The names of the applied migrations, in order, as the ledger has them. */
export async function appliedIn(url: string): Promise<string[]> {
  const rows = await sql<{ name: string }>(url, 'select name from schema_migrations order by id');
  return rows.map(({ name }) => name);
}
