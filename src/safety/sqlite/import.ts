import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { checkForeignKeys, checkIntegrity, list } from './checks.ts';
import { readBack } from './compare.ts';
import { addConstraints, addForeignKeys, attempt, setSequence } from './keep.ts';
import { type Loaded, loadRows, RowRefused } from './load.ts';
import { type Plan, type PlannedTable, planImport } from './plan.ts';
import { quoteName, quoteNames } from './quoting.ts';
import { accepted, collectRejects, createRejectsTable, storeRejects } from './rejects.ts';
import type { ImportReport } from './report.ts';
import { describeProblem, TableReader } from './rows.ts';
import { explain, openSource, type SourceFile, UnusableFile } from './source-file.ts';
import { type NotKept, query, readSchema } from './source-schema.ts';
import { createTable, qualified } from './target-tables.ts';

export type ImportOptions = {
  readonly file: string;
  /** The schema that is created for the file's tables. */
  readonly schema: string;
  /** Puts rows that do not fit into a table of rejects instead of failing. */
  readonly rejects: boolean;
  /** Does everything and then undoes it. */
  readonly dryRun: boolean;
  readonly lowerCaseNames: boolean;
  readonly progress: (sentence: string) => void;
};

/** How PostgreSQL writes what is read back, and that it reads rows in the order they were loaded. */
const SESSION = {
  statement_timeout: '0',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '0',
  timezone: 'UTC',
  datestyle: 'ISO',
  bytea_output: 'hex',
  extra_float_digits: '1',
  synchronize_seqscans: 'off',
  max_parallel_workers_per_gather: '0',
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
      throw error instanceof RowRefused ? misfits(source, plan.tables, error) : error;
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

/**
 * Runs `work` in one transaction, which is committed only if the file is still what it was.
 * @throws {UnusableFile | RowRefused} as `work` does; anything else with what became of the import
 */
export async function allOrNothing<Result>(
  address: DatabaseAddress,
  { dryRun, progress }: Pick<ImportOptions, 'dryRun' | 'progress'>,
  source: SourceFile,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  let committing = false;
  const transaction = async (client: Client) => {
    await client.query('begin');
    try {
      const result = await work(client);
      source.ensureUnchanged();
      progress(dryRun ? 'Undoing everything, as this is a dry run' : 'Committing');
      committing = !dryRun;
      await client.query(dryRun ? 'rollback' : 'commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
  };
  return withConnection(address, transaction, SESSION).catch((thrown: unknown) => {
    const error = explain(thrown, source.path);
    if (error instanceof UnusableFile || error instanceof RowRefused) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    const outcome = committing
      ? `Whether the import was committed is not known (${problem}). Run this again: if it was, that is refused.`
      : `Nothing was imported: ${problem}. Mend that and run this again.`;
    throw new Error(outcome, { cause: error });
  });
}

/**
 * Creates the schema that the import is going to.
 * @throws {UnusableFile} where there is one already, also if it came into being a moment ago
 */
export async function createSchema(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(
    "select current_setting('server_encoding') as encoding",
  );
  const encoding = rows[0]?.encoding;
  if (encoding !== 'UTF8') {
    throw new UnusableFile(
      `The database stores text as ${encoding}. Create one with the encoding UTF8 and name that.`,
    );
  }
  const problem = await attempt(client, `create schema ${quoteName(schema)}`);
  if (problem === undefined) return;
  if (/already exists|duplicate key/.test(problem)) {
    throw new UnusableFile(
      `There is a schema ${schema} already: the file may have been imported before. Nothing was changed. ` +
        `Name another one with --schema, or remove that one first: drop schema ${quoteName(schema)} cascade`,
    );
  }
  throw new UnusableFile(
    `The schema ${schema} cannot be created: ${problem}. Set DB_OWNER_USER to a role that may, or name another schema ` +
      'with --schema.',
  );
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
  const loaded = new Map<PlannedTable, Loaded>();
  for (const table of plan.tables) {
    loaded.set(table, await loadTable(client, source, schema, table, rejects, progress));
  }
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
  for (const table of plan.tables) {
    progress(`Comparing ${table.target}`);
    await compareTable(client, schema, table, loaded.get(table));
  }
  return {
    notKept,
    rejectsTable: rejects ? rejectsTable : undefined,
    tables: plan.tables.map((table) => ({
      source: table.source.name,
      target: qualified(schema, table.target),
      rows: loaded.get(table)?.rows ?? 0,
      rejected: rejected.get(table.source.name) ?? 0,
      columns: table.columns.map(({ name, declaredType, type, remark }) => ({ name, declaredType, type, remark })),
    })),
  };
}

function loadTable(
  client: Client,
  source: SourceFile,
  schema: string,
  table: PlannedTable,
  rejects: boolean,
  progress: ImportOptions['progress'],
): Promise<Loaded> {
  const stored = [...table.columns.keys()].filter((index) => table.columns[index]?.generatedSql === undefined);
  const names = stored.map((index) => table.columns[index]?.target ?? '');
  progress(`Loading ${table.target}`);
  return loadRows(client, {
    reader: new TableReader(source, table.source, table.columns),
    ...(rejects && { where: accepted(table) }),
    copy: `copy ${qualified(schema, table.target)} (${quoteNames(names)}) from stdin`,
    types: table.columns.map(({ type }) => type),
    stored,
    progress: (rows) => progress(`Loading ${table.target}: ${rows} rows so far`),
  });
}

async function compareTable(
  client: Client,
  schema: string,
  table: PlannedTable,
  loaded: Loaded | undefined,
): Promise<void> {
  const columns = quoteNames(table.columns.map(({ target }) => target));
  const there = await readBack(
    client,
    `select ${columns} from ${qualified(schema, table.target)}`,
    table.columns.map(({ type }) => type),
  );
  const different = table.columns.filter((_, index) => there.checksums[index] !== loaded?.checksums[index]);
  if (there.rows === loaded?.rows && different.length === 0) return;
  throw new UnusableFile(
    `Table ${table.source.name} is not the same in PostgreSQL: ${loaded?.rows} rows were read, ${there.rows} are there; ` +
      `columns with a difference: ${different.map(({ name }) => name).join(', ') || 'none'}. Nothing was imported. ` +
      'This is a defect of the import: please report it with the definition of the table.',
  );
}

/** What AUTOINCREMENT remembers, by table. */
function sequencesOf({ database }: SourceFile): ReadonlyMap<string, bigint> {
  const exists = query(database, "select 1 from sqlite_schema where name = 'sqlite_sequence'").length > 0;
  if (!exists) return new Map();
  const rows = query(database, 'select name, seq from main.sqlite_sequence');
  return new Map(rows.map(({ name, seq }) => [String(name), typeof seq === 'bigint' ? seq : 0n]));
}

/** Everything that does not fit, not only what was met first. */
function misfits(
  source: SourceFile,
  tables: readonly PlannedTable[],
  { problem: first }: RowRefused,
): UnusableFile {
  const found: string[] = [];
  let all = 0;
  for (const { source: table, columns } of tables) {
    const reader = new TableReader(source, table, columns);
    for (const row of reader.rows()) {
      const problem = reader.fit(row, []);
      if (problem === undefined) continue;
      all += 1;
      if (found.length < 10) found.push(describeProblem(problem));
    }
  }
  const lines = found.length === 0 ? [describeProblem(first)] : found;
  return new UnusableFile(
    `Values do not fit into their columns (${all} rows). Nothing was imported.\n${list(lines, all)}\n` +
      'Correct them in SQLite, or import with --rejects, which puts such rows aside.',
  );
}
