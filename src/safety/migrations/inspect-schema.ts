import type { DatabaseAddress } from '../../config/database-address.ts';
import { type BackupStatus, readBackupStatus } from '../backups/history.ts';
import { withConnection } from '../connection.ts';
import { type ConsistencyStatus, readConsistencyStatus } from '../consistency/consistency.ts';
import { findExcessPrivileges } from '../privileges.ts';
import { compareSchemas, explainMissing, type SchemaDifferences } from './compare-schema.ts';
import { type EmptiedTable, watchRowCounts } from './emptied-tables.ts';
import { compareLedger, explainVerdict, type LedgerVerdict, readLedger } from './ledger.ts';
import { type Migration, readMigrations } from './migration-files.ts';
import { countRows, isCounted, presentTables, type RowCounts } from './row-counts.ts';
import { describeSchema, readSchemaDescription, type SchemaDescription, tablesOf } from './schema-description.ts';

/** What this code takes for a schema: its migrations, and what a database made by them has. */
export type ExpectedSchema = { readonly files: readonly Migration[]; readonly description: SchemaDescription };

/** Reads both from sql/. */
export function readExpectedSchema(): ExpectedSchema {
  return { files: readMigrations(), description: readSchemaDescription() };
}

/** How the migrations of the database stand to those of this version; `incomplete` is one changed past them. */
export const SCHEMA_STATES = [
  'current',
  'missing',
  'behind',
  'edited',
  'deleted',
  'reordered',
  'ahead',
  'incomplete',
] as const satisfies readonly (LedgerVerdict['state'] | 'incomplete')[];

export type SchemaReport = {
  readonly checkedAt: Date;
  readonly state: (typeof SCHEMA_STATES)[number];
  readonly valid: boolean;
  /** Migrations of this code that are not applied. */
  readonly pendingMigrations: number;
  readonly missingTables: readonly string[];
  /** Differences to the committed description; only looked for where every migration is applied. */
  readonly differences: SchemaDifferences;
  /** Rows of each table that is there: exact up to ten thousand, PostgreSQL's estimate above. */
  readonly tableCounts: RowCounts;
  readonly emptiedTables: readonly EmptiedTable[];
  /** What the server's role may do beyond reading and writing rows: "may truncate tables". */
  readonly excessPrivileges: readonly string[];
  /** What the database knows of its backups; undefined in one from before that was noted. */
  readonly backups: BackupStatus | undefined;
  /** What the last check of the data found; undefined before the first. */
  readonly consistency: ConsistencyStatus | undefined;
  /** What is the matter and what to type. */
  readonly message: string;
};

/** How long an inspection may take: settings of PostgreSQL, and when its answer is given up, if ever. */
export type Patience = {
  readonly parameters: { readonly statement_timeout: string; readonly lock_timeout: string };
  readonly queryTimeoutMs?: number;
};

/** Beside a server at work: the next look is never far. */
const IN_PASSING: Patience = {
  parameters: { statement_timeout: '2s', lock_timeout: '500ms' },
  queryTimeoutMs: 3000,
};

/** Of a database that nobody uses yet: it takes the time it takes. */
export const UNHURRIED: Patience = { parameters: { statement_timeout: '0', lock_timeout: '60s' } };

const READING_PARAMETERS = { default_transaction_read_only: 'on', search_path: 'public' };

const NO_DIFFERENCES: SchemaDifferences = { missing: [], extra: [] };

/**
 * Looks at the schema once. Changes nothing but the guard's own notes of how many rows there are. `knownElsewhere` says
 * how many rows there were, for a database that has no such notes.
 */
export function inspectSchema(
  address: DatabaseAddress,
  { files, description }: ExpectedSchema = readExpectedSchema(),
  knownElsewhere: () => Promise<RowCounts> = async () => ({}),
  { parameters, queryTimeoutMs }: Patience = IN_PASSING,
): Promise<SchemaReport> {
  const required = tablesOf(description);
  return withConnection(
    address,
    async (client) => {
      const ledger = await readLedger(client);
      const verdict = compareLedger(files, ledger);
      const present = await presentTables(client);
      const counted = [...present].filter(([table]) => required.includes(table) && isCounted(table));
      const tableCounts = await countRows(client, new Map(counted));
      const missingTables = required.filter((table) => !present.has(table));
      const current = verdict.state === 'current';
      const differences = current ? compareSchemas(description, await describeSchema(client)) : NO_DIFFERENCES;
      const complete = differences.missing.length === 0;
      return {
        checkedAt: new Date(),
        state: current && !complete ? 'incomplete' : verdict.state,
        valid: current && complete,
        pendingMigrations: files.filter((file) => !ledger?.some(({ name }) => name === file.name)).length,
        missingTables,
        differences,
        tableCounts,
        emptiedTables: current && complete ? await watchRowCounts(client, tableCounts, knownElsewhere) : [],
        excessPrivileges: await findExcessPrivileges(client),
        backups: await readBackupStatus(client),
        consistency: present.has('consistency_findings') ? await readConsistencyStatus(client) : undefined,
        message: current && !complete ? explainMissing(differences.missing) : explain(verdict, tableCounts),
      };
    },
    { ...READING_PARAMETERS, ...parameters },
    queryTimeoutMs,
  );
}

function explain(verdict: LedgerVerdict, tableCounts: RowCounts): string {
  if (verdict.state === 'missing' && Object.keys(tableCounts).length > 0) {
    return (
      'The ledger of migrations is gone although there are tables, so nobody knows which schema this is. ' +
      'Restore the database from a backup: npm run restore -- latest'
    );
  }
  return explainVerdict(verdict);
}
