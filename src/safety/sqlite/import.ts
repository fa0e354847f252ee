import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { checkForeignKeys, checkIntegrity } from './checks.ts';
import { addConstraints, addForeignKeys, setSequence } from './keep.ts';
import { misfits } from './misfits.ts';
import { type Plan, planImport } from './plan.ts';
import { accepted, collectRejects, createRejectsTable, storeRejects } from './rejects.ts';
import type { ImportReport } from './report.ts';
import { openSource, type SourceFile } from './source-file.ts';
import { type NotKept, query, readSchema } from './source-schema.ts';
import { RowRefused, TableImport } from './table-import.ts';
import { createSchema } from './target-schema.ts';
import { createTable, qualified } from './target-tables.ts';
import { allOrNothing, type TransactionOptions } from './transaction.ts';
import { UnusableFile } from './unusable-file.ts';

export type ImportOptions = TransactionOptions & {
  readonly file: string;
  /** The schema that is created for the file's tables. */
  readonly schema: string;
  /** Puts rows that do not fit into a table of rejects instead of failing. */
  readonly rejects: boolean;
  readonly lowerCaseNames: boolean;
};

/**
 * Imports a SQLite file into a schema of its own, all of it or nothing: one transaction, which ends only when every cell
 * in PostgreSQL has been compared with the file.
 * @throws {UnusableFile} where the file, a value in it or the place it is going to stands against it
 */
export async function importSqlite(address: DatabaseAddress, options: ImportOptions): Promise<ImportReport> {
  const { progress } = options;
  const startedAt = performance.now();
  const source = openSource(options.file);
  try {
    progress(`Checking ${source.path}`);
    checkIntegrity(source);
    const schema = readSchema(source.database);
    if (schema.tables.length === 0) {
      throw new UnusableFile(
        `${source.path} has no tables, so there is nothing to import. Look for the right file.`,
      );
    }
    if (!options.rejects) checkForeignKeys(source, schema.tables);
    const plan = planImport(source.database, schema, options.lowerCaseNames);
    if (options.rejects) {
      progress('Looking for rows that do not fit');
      collectRejects(source, plan.tables);
    }
    const imported = await allOrNothing(address, options, source, (client) =>
      importTables(client, source, plan, options),
    ).catch((error: unknown) => {
      throw error instanceof RowRefused ? misfits(source, plan.tables, error.problem) : error;
    });
    return {
      ...imported,
      file: source.path,
      schema: options.schema,
      dryRun: options.dryRun,
      notes: source.notes,
      renames: plan.renames,
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    source.close();
  }
}

type Imported = Pick<ImportReport, 'tables' | 'notKept' | 'rejectsTable'>;

async function importTables(
  client: Client,
  source: SourceFile,
  plan: Plan,
  { schema, rejects, progress }: ImportOptions,
): Promise<Imported> {
  const notKept: NotKept[] = [...plan.notKept];
  await createSchema(client, schema);
  for (const table of plan.tables) await client.query(createTable(schema, table));
  const imports = plan.tables.map(
    (table) => new TableImport(source, schema, table, rejects ? accepted(table) : undefined),
  );
  for (const table of imports) await table.load(client, progress);
  const sequences = sequencesOf(source);
  for (const table of plan.tables) {
    progress(`Adding keys, indexes and checks to ${table.target}`);
    notKept.push(...(await addConstraints(client, schema, table)));
    await setSequence(client, schema, table, sequences.get(table.source.name) ?? 0n);
  }
  for (const table of plan.tables) notKept.push(...(await addForeignKeys(client, schema, table, plan.tables)));
  let rejected: ReadonlyMap<string, number> = new Map();
  const rejectsTable = qualified(schema, plan.rejectsTable);
  if (rejects) {
    await client.query(createRejectsTable(rejectsTable));
    rejected = await storeRejects(client, source, plan.tables, rejectsTable);
  }
  for (const table of imports) await table.compare(client, progress);
  return {
    notKept,
    rejectsTable: rejects ? rejectsTable : undefined,
    tables: imports.map(({ table, rows }) => ({
      source: table.source.name,
      target: qualified(schema, table.target),
      rows,
      rejected: rejected.get(table.source.name) ?? 0,
      columns: table.columns.map(({ name, declaredType, type, remark }) => ({ name, declaredType, type, remark })),
    })),
  };
}

/** What AUTOINCREMENT remembers, by table. */
function sequencesOf({ database }: SourceFile): ReadonlyMap<string, bigint> {
  const exists = query(database, "select 1 from sqlite_schema where name = 'sqlite_sequence'").length > 0;
  if (!exists) return new Map();
  const rows = query(database, 'select name, seq from main.sqlite_sequence');
  return new Map(rows.map(({ name, seq }) => [String(name), typeof seq === 'bigint' ? seq : 0n]));
}
