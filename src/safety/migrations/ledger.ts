import type { ClientBase } from 'pg';
import type { Migration } from './migration-files.ts';

/** node-pg-migrate's table of what has run, and ours of what exactly it was. */
export const MIGRATIONS_TABLE = 'schema_migrations';
export const CHECKSUMS_TABLE = 'schema_migration_checksums';

export type LedgerEntry = { readonly name: string; readonly sha256: string | null };

/** What the database says has been applied, in order; undefined when it has no ledger at all. */
export async function readLedger(client: ClientBase): Promise<LedgerEntry[] | undefined> {
  const { rows } = await client.query<{ ready: boolean }>(
    `select to_regclass('public.${MIGRATIONS_TABLE}') is not null
        and to_regclass('public.${CHECKSUMS_TABLE}') is not null as ready`,
  );
  if (rows[0]?.ready !== true) return undefined;
  const ledger = await client.query<LedgerEntry>(
    `select migration.name, checksum.sha256
     from public.${MIGRATIONS_TABLE} as migration
     left join public.${CHECKSUMS_TABLE} as checksum on checksum.name = migration.name
     order by migration.id`,
  );
  return ledger.rows;
}

/** How a database's ledger stands to the files of this code. */
export type LedgerVerdict =
  | { readonly state: 'current' }
  | { readonly state: 'missing' }
  | { readonly state: 'behind' | 'edited' | 'ahead'; readonly migrations: readonly string[] };

/** Compares ledger and files. Edited and ahead come before behind: with those, migrating is not the way out. */
export function compareLedger(
  files: readonly Migration[],
  ledger: readonly LedgerEntry[] | undefined,
): LedgerVerdict {
  if (ledger === undefined || ledger.length === 0) return { state: 'missing' };
  const applied = new Map(ledger.map((entry) => [entry.name, entry.sha256]));
  const known = new Set(files.map((file) => file.name));

  const edited = files.filter(({ name, sha256 }) => applied.has(name) && applied.get(name) !== sha256);
  if (edited.length > 0) return { state: 'edited', migrations: edited.map(({ name }) => name) };

  const unknown = ledger.filter(({ name }) => !known.has(name));
  if (unknown.length > 0) return { state: 'ahead', migrations: unknown.map(({ name }) => name) };

  const pending = files.filter(({ name }) => !applied.has(name));
  if (pending.length > 0) return { state: 'behind', migrations: pending.map(({ name }) => name) };
  return { state: 'current' };
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
    case 'ahead':
      return (
        `The database has migrations this code does not know: ${verdict.migrations.join(', ')}. ` +
        'Deploy the code they belong to; this version is too old for this database.'
      );
  }
}
