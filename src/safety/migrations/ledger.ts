import type { ClientBase } from 'pg';
import type { Migration } from './migration-files.ts';

/** node-pg-migrate's table of what has run, and ours of what exactly it was. */
export const MIGRATIONS_TABLE = 'schema_migrations';
export const CHECKSUMS_TABLE = 'schema_migration_checksums';

export type LedgerEntry = {
  readonly name: string;
  /** Of the file's text as it was applied. */
  readonly sha256: string | null;
  readonly appliedAt: Date;
};

export const CREATE_CHECKSUMS_TABLE = `
  create table if not exists public.${CHECKSUMS_TABLE} (
    name   text not null constraint ${CHECKSUMS_TABLE}_pkey primary key,
    sha256 text not null
  )`;

export function noteChecksum({ name, sha256 }: Migration): string {
  return `insert into public.${CHECKSUMS_TABLE} (name, sha256)
          values ('${name}', '${sha256}')
          on conflict (name) do update set sha256 = excluded.sha256`;
}

/** What the database says has been applied, in order; undefined when it has no ledger at all. */
export async function readLedger(client: ClientBase): Promise<LedgerEntry[] | undefined> {
  const { rows } = await client.query<{ ready: boolean }>(
    `select to_regclass('public.${MIGRATIONS_TABLE}') is not null
        and to_regclass('public.${CHECKSUMS_TABLE}') is not null as ready`,
  );
  if (rows[0]?.ready !== true) return undefined;
  const ledger = await client.query<LedgerEntry>(
    `select migration.name, checksum.sha256, migration.run_on::timestamptz as "appliedAt"
     from public.${MIGRATIONS_TABLE} as migration
     left join public.${CHECKSUMS_TABLE} as checksum on checksum.name = migration.name
     order by migration.id`,
  );
  return ledger.rows;
}

/**
 * Lets the server's role only read the ledger, which its owner alone writes. By default privileges (sql/roles.sql) the role
 * may write into every table that is created. Nothing happens where it owns the ledger itself, or is not there.
 */
export async function protectLedger(client: ClientBase, serverRole: string): Promise<void> {
  const { rows } = await client.query<{ revoke: string }>(
    `select format('revoke insert, update, delete on %s from %I', pg_class.oid::regclass, rolname) as revoke
     from pg_class
     cross join pg_roles
     where relnamespace = 'public'::regnamespace and relname = any ($1) and rolname = $2
       and has_table_privilege(pg_roles.oid, pg_class.oid, 'insert, update, delete')
       and not pg_has_role(pg_roles.oid, relowner, 'usage')`,
    [[MIGRATIONS_TABLE, CHECKSUMS_TABLE], serverRole],
  );
  for (const { revoke } of rows) await client.query(revoke);
}

/** How a database's ledger stands to the files of this code. */
export type LedgerVerdict =
  | { readonly state: 'current' }
  | { readonly state: 'missing' }
  | {
      readonly state: 'behind' | 'edited' | 'deleted' | 'reordered' | 'ahead';
      readonly migrations: readonly string[];
    };

/** Compares ledger and files. What migrating would not mend comes before what it would. */
export function compareLedger(
  files: readonly Migration[],
  ledger: readonly Omit<LedgerEntry, 'appliedAt'>[] | undefined,
): LedgerVerdict {
  if (ledger === undefined || ledger.length === 0) return { state: 'missing' };
  const applied = new Map(ledger.map((entry) => [entry.name, entry.sha256]));
  const verdict = (state: Exclude<LedgerVerdict['state'], 'current' | 'missing'>, names: readonly string[]) =>
    names.length === 0 ? undefined : { state, migrations: names };

  const names = files.map(({ name }) => name);
  const newest = names.at(-1) ?? '';
  const unknown = ledger.map(({ name }) => name).filter((name) => !names.includes(name));
  const pending = names.filter((name) => !applied.has(name));
  const lastApplied = ledger.reduce((last, { name }) => (name > last ? name : last), '');
  return (
    verdict(
      'edited',
      files.filter(({ name, sha256 }) => applied.has(name) && applied.get(name) !== sha256).map(({ name }) => name),
    ) ??
    verdict(
      'deleted',
      unknown.filter((name) => name < newest),
    ) ??
    verdict('ahead', unknown) ??
    verdict(
      'reordered',
      pending.filter((name) => name < lastApplied),
    ) ??
    verdict('behind', pending) ?? { state: 'current' }
  );
}

/** What is the matter and what to type, in one sentence or two. */
export function explainVerdict(verdict: LedgerVerdict): string {
  switch (verdict.state) {
    case 'current':
      return 'Every migration is applied.';
    case 'missing':
      return 'The database has no schema yet. Run: npm run migrate';
    case 'behind':
      return `Migrations are pending: ${verdict.migrations.join(', ')}. Run: npm run migrate`;
    case 'edited':
      return (
        `Applied migrations were edited afterwards: ${verdict.migrations.join(', ')}. ` +
        'Restore the files (git checkout -- sql/migrations) and put the change into a new migration.'
      );
    case 'deleted':
      return (
        `Files of applied migrations are gone or have another name: ${verdict.migrations.join(', ')}. ` +
        'Restore them (git checkout -- sql/migrations); what they made is undone by a new migration only.'
      );
    case 'reordered':
      return (
        `Migrations that are not applied come before ones that are: ${verdict.migrations.join(', ')}. ` +
        'Give each the next free number, so that every database takes them in one order.'
      );
    case 'ahead':
      return (
        `The database has migrations this code does not know: ${verdict.migrations.join(', ')}. ` +
        'Deploy the code they belong to; this version is too old for this database.'
      );
  }
}
