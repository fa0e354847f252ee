import type { ClientBase } from 'pg';
import { CHECKSUMS_TABLE, MIGRATIONS_TABLE } from './migrations/ledger.ts';

/** The tables in which is noted what was migrated: the server only reads them. */
const IS_LEDGER = `relnamespace = 'public'::regnamespace and relname = any ('{${MIGRATIONS_TABLE}, ${CHECKSUMS_TABLE}}')`;

/**
 * What the connected role may do beyond reading and writing rows, in words that follow "it"; none when it is as
 * sql/roles.sql makes it.
 */
export async function findExcessPrivileges(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ excess: string }>(
    `select excess
     from pg_roles
     cross join lateral (
       values
         (1, rolsuper, 'is a superuser'),
         (2, rolcreaterole, 'may create roles'),
         (3, rolcreatedb, 'may create databases'),
         (4, not rolsuper and exists (
           select from pg_class
           where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and pg_has_role(relowner, 'usage')
         ), 'owns tables, so it may drop them'),
         (5, not rolsuper and has_schema_privilege('public', 'create'), 'may create tables'),
         (6, not rolsuper and exists (
           select from pg_class
           where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
             and has_table_privilege(pg_class.oid, 'truncate') and not pg_has_role(relowner, 'usage')
         ), 'may truncate tables'),
         (7, not rolsuper and exists (
           select from pg_class
           where ${IS_LEDGER} and has_table_privilege(pg_class.oid, 'insert, update, delete')
             and not pg_has_role(relowner, 'usage')
         ), 'may write into the list of applied migrations')
     ) as privilege (place, had, excess)
     where rolname = current_user and had
     order by place`,
  );
  return rows.map(({ excess }) => excess);
}

/** Tables on which the connected role lacks select, insert, update or delete, where it needs it. */
export async function findMissingPrivileges(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ lacking: string }>(
    `select privilege || ' on ' || relname as lacking
     from pg_class
     cross join unnest(array['select', 'insert', 'update', 'delete']) as privilege
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and not has_table_privilege(pg_class.oid, privilege)
       and (privilege = 'select' or not (${IS_LEDGER}))
     order by relname, privilege`,
  );
  return rows.map(({ lacking }) => lacking);
}
