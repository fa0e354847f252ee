import pg, { type Client } from 'pg';
import type { DatabaseAddress } from '../../../config/database-address.ts';
import { withConnection } from '../../connection.ts';
import { checkForeignKeys, checkHalfCharacters, checkIntegrity } from '../checks.ts';
import type { ImportOptions } from '../import.ts';
import { openSource, type SourceFile } from '../source-file.ts';
import { readSchema } from '../source-schema.ts';
import { qualified } from '../target-tables.ts';
import { tokenize } from '../tokens.ts';
import { allOrNothing } from '../transaction.ts';
import { UnusableFile } from '../unusable-file.ts';
import { type Mapping, type MappingPart, readMapping } from './mapping.ts';
import { Refusals, storeRefusals } from './refusals.ts';
import type { ApplicationReport } from './report.ts';
import { type Offsets, StagedTable } from './staged-table.ts';
import { Staging, type Target } from './staging.ts';

const ORDER = ['users', 'articles', 'comments', 'favorites', 'follows'] as const satisfies readonly Target[];

export type ApplicationImportOptions = Omit<ImportOptions, 'lowerCaseNames'> & { readonly mapping: string };

/**
 * Imports a SQLite file into the application's own tables, as a mapping file says: all of it or nothing. Rows that the
 * application cannot take fail the import, or go to a table of rejects in a schema of their own.
 * @throws {UnusableFile}
 */
export async function importIntoApplication(
  address: DatabaseAddress,
  options: ApplicationImportOptions,
): Promise<ApplicationReport> {
  const { progress, rejects, schema } = options;
  const startedAt = performance.now();
  const rejectsTable = qualified(schema, 'rejects');
  const mapping = readMapping(options.mapping);
  const source = openSource(options.file);
  try {
    progress(`Checking ${source.path}`);
    checkIntegrity(source);
    const { tables } = readSchema(source.database);
    checkHalfCharacters(source, tables);
    if (!rejects) checkForeignKeys(source, tables);
    const keepIds = await withConnection(address, (client) => decideIds(client, mapping));
    const refusals = new Refusals(source.database);
    const staging = stageAll(source, mapping, keepIds, refusals, progress);
    if (!rejects) refusals.throwIfAny();
    const loaded = await allOrNothing(address, options, source, async (client) => {
      if (rejects) await storeRefusals(client, schema, rejectsTable, refusals);
      const result = await loadAll(client, source, keepIds, progress);
      // A sequence is not set back by a rollback.
      if (!options.dryRun) await setSequences(client);
      return result;
    }).catch((error: unknown) => {
      throw taken(error instanceof Error ? error.cause : error) ?? error;
    });
    return {
      file: source.path,
      dryRun: options.dryRun,
      keptIds: keepIds,
      ...loaded,
      rejected: refusals.count,
      rejectsTable: rejects ? rejectsTable : undefined,
      changes: staging.changes,
      untouched: untouchedBy(
        mapping,
        tables.map(({ name }) => name),
      ),
      notes: source.notes,
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    source.close();
  }
}

/** Ids stay as they are where the application is empty, unless the mapping says otherwise. */
async function decideIds(client: Client, mapping: Mapping): Promise<boolean> {
  const { rows } = await client.query<{ present: boolean }>(
    "select to_regclass('public.users') is not null as present",
  );
  if (rows[0]?.present !== true) {
    throw new UnusableFile('The database has no tables of the application yet. Run npm run migrate first.');
  }
  const isEmpty = await applicationIsEmpty(client);
  if (mapping.ids === 'keep' && !isEmpty) throw notEmpty();
  return mapping.ids === 'keep' || (mapping.ids === undefined && isEmpty);
}

async function applicationIsEmpty(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    '(select from users limit 1) union all (select from articles limit 1) union all (select from comments limit 1)',
  );
  return rowCount === 0;
}

function notEmpty(): UnusableFile {
  return new UnusableFile(
    'The application has rows already, so ids of the file cannot be kept. If the file was imported before, there is ' +
      'nothing to do. Otherwise say "ids": "new" in the mapping.',
  );
}

function stageAll(
  source: SourceFile,
  mapping: Mapping,
  keepIds: boolean,
  refusals: Refusals,
  progress: ImportOptions['progress'],
): Staging {
  const staging = new Staging(source.database, mapping, new Date(), (refusal) => refusals.add(refusal));
  staging.stageTags();
  for (const target of ORDER) {
    progress(`Reading ${target}`);
    staging.stage(target, keepIds ? undefined : 1n);
  }
  return staging;
}

async function loadAll(
  client: Client,
  { database }: SourceFile,
  keepIds: boolean,
  progress: ImportOptions['progress'],
): Promise<Pick<ApplicationReport, 'rows' | 'offsets'>> {
  // Nobody else may write meanwhile: what is compared is what was loaded.
  await client.query(`lock table ${ORDER.join(', ')} in share row exclusive mode`);
  if (keepIds && !(await applicationIsEmpty(client))) throw notEmpty();
  const offsets = {
    users: await offsetOf(client, 'users', keepIds),
    articles: await offsetOf(client, 'articles', keepIds),
    comments: await offsetOf(client, 'comments', keepIds),
  };
  const rows = new Map<Target, number>();
  for (const target of ORDER) {
    const staged = new StagedTable(database, target, offsets);
    progress(`Loading ${target}`);
    rows.set(target, await staged.load(client));
    progress(`Comparing ${target}`);
    await staged.compare(client);
  }
  return { rows, offsets };
}

async function setSequences(client: Client): Promise<void> {
  for (const target of ['users', 'articles', 'comments'] as const) {
    await client.query(
      `select setval(sequence, greatest((select max(id) from ${target}), pg_sequence_last_value(sequence), 1))
       from (select pg_get_serial_sequence('${target}', 'id')::regclass as sequence) as of_ids`,
    );
  }
}

async function offsetOf(client: Client, target: keyof Offsets, keepIds: boolean): Promise<bigint> {
  if (keepIds) return 0n;
  const { rows } = await client.query<{ largest: string }>(
    `select greatest(
       (select max(id) from ${target}),
       pg_sequence_last_value(pg_get_serial_sequence('${target}', 'id')::regclass),
       0
     )::text as largest`,
  );
  return BigInt(rows[0]?.largest ?? 0);
}

/** What the application has already cannot be imported again. */
function taken(error: unknown): UnusableFile | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code !== '23505') return undefined;
  return new UnusableFile(
    `The application has some of this already (${error.detail ?? error.message}) The file may have been imported before. ` +
      'Nothing was imported. If it was not, rename or leave out what is there in the mapping.',
  );
}

/** Tables that the mapping does not speak of, so that nobody believes them moved. */
function untouchedBy(mapping: Mapping, tables: readonly string[]): string[] {
  const parts: readonly (MappingPart | undefined)[] = [...ORDER, 'tags' as const].map((target) => mapping[target]);
  const expressions = parts.flatMap((part) =>
    part ? [part.from, part.where ?? '', ...Object.values(part.columns)] : [],
  );
  const named = new Set(expressions.flatMap((sql) => tokenize(sql).map((token) => token.text.toLowerCase())));
  return tables.filter((table) => !named.has(table.toLowerCase()));
}
