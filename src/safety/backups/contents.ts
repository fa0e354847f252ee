import type { Client } from 'pg';
import type { DatabaseContents, TableFigures } from './manifest.ts';
import { PRESENT_ROW_HASH, type RowHashName, rowHashExpression } from './row-hash.ts';

/** Rows read as text are the same text in every session, whatever the server, the database or the role prefer. */
export const READING_PARAMETERS = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  search_path: 'pg_catalog',
  row_security: 'off',
  statement_timeout: '0',
  lock_timeout: '60s',
  idle_in_transaction_session_timeout: '0',
} as const;

const OF_EXTENSIONS = `select objid from pg_depend where deptype = 'e'`;
const OF_USERS = `select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`;

/** The cast of another type may be anybody's; that of a record writes each column as a dump would. */
const CAST_SAYS_ALL = `typnamespace = 'pg_catalog'::regnamespace and typname <> 'bpchar'`;

const TABLES = `
  select format('%I.%I', nspname, relname) as name, array(
      select format(case when ${CAST_SAYS_ALL} then 'one.%I::text' else 'row(one.%I)::text' end, attname)
      from pg_attribute
      join pg_type on pg_type.oid = atttypid
      where attrelid = pg_class.oid and attnum > 0 and not attisdropped
      order by attnum
    ) as texts
  from pg_class
  join pg_namespace on pg_namespace.oid = relnamespace
  where relkind = 'r' and relpersistence <> 't'
    and relnamespace in (${OF_USERS}) and pg_class.oid not in (${OF_EXTENSIONS})
  order by 1`;

const SEQUENCES = `
  select format('%I.%I', schemaname, sequencename) as name, last_value::text as "lastValue", increment_by::text as increment
  from pg_sequences
  where last_value is not null
  order by 1`;

type ReadingOptions = {
  /** What the sums are of. */
  readonly hash?: RowHashName;
  readonly onTable?: (name: string, done: number, all: number) => void;
};

/**
 * Reads every row of every table, in the snapshot that `client` has, which must have READING_PARAMETERS: a million
 * articles take seconds.
 */
export async function readTables(
  client: Client,
  { hash = PRESENT_ROW_HASH, onTable }: ReadingOptions = {},
): Promise<DatabaseContents['tables']> {
  const { rows: found } = await client.query<Table>(TABLES);
  const tables: TableFigures[] = [];
  for (const table of found) {
    tables.push(await readTable(client, table, hash));
    onTable?.(table.name, tables.length, found.length);
  }
  return tables;
}

/** Where the sequences are now. They are not part of a snapshot: read them before what must not be behind them. */
export async function readSequences(client: Client): Promise<DatabaseContents['sequences']> {
  return (await client.query<DatabaseContents['sequences'][number]>(SEQUENCES)).rows;
}

type Table = {
  readonly name: string;
  /** SQL for the text of each column of the row `one`. */
  readonly texts: readonly string[];
};

/** The hashes of every row, added up. The sum is a numeric: it has no bound to run over. */
async function readTable(client: Client, { name, texts }: Table, hash: RowHashName): Promise<TableFigures> {
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `select count(*) as rows, coalesce(sum(hash), 0)::text as checksum
     from (select ${rowHashExpression(hash, texts)} from only ${name} as one) as hashed (hash)`,
  );
  const [figures] = rows;
  if (figures === undefined) throw new Error(`${name} could not be counted.`);
  return { name, rows: Number(figures.rows), checksum: figures.checksum };
}

/** What two servers say in the same way. */
export type Comparable = {
  /** Another version of PostgreSQL writes some definitions in another way. */
  readonly definitions: boolean;
  /** Another server may hash rows in another way. */
  readonly sums: boolean;
};

/**
 * What differs between what was backed up and what was restored, in words; nothing when nothing is lost. What is not
 * `comparable` is only counted.
 */
export function compareContents(
  expected: DatabaseContents,
  found: DatabaseContents,
  comparable: Comparable,
): string[] {
  const foundTables = new Map(found.tables.map((table) => [table.name, table]));
  const foundSequences = new Map(found.sequences.map((sequence) => [sequence.name, sequence.lastValue]));
  const foundObjects = new Map(found.objects.map(({ name, digest }) => [name, digest]));
  const expectedTables = new Set(expected.tables.map(({ name }) => name));
  return [
    ...expected.tables.flatMap((table) => compareTable(table, foundTables.get(table.name), comparable)),
    ...found.tables.filter(({ name }) => !expectedTables.has(name)).map(({ name }) => `${name} was not backed up`),
    ...expected.sequences.flatMap((sequence) => compareSequence(sequence, foundSequences.get(sequence.name))),
    ...expected.objects.flatMap(({ name, digest }) => {
      const other = foundObjects.get(name);
      if (other === undefined) return [`missing is ${name}`];
      return comparable.definitions && other !== digest ? [`defined in another way is ${name}`] : [];
    }),
  ];
}

/** The manifest's value was read before the dump's: the dump may have a later one, never an earlier one. */
function compareSequence(
  { name, lastValue, increment }: DatabaseContents['sequences'][number],
  found: string | undefined,
): string[] {
  if (found !== undefined) {
    const ahead = BigInt(found) - BigInt(lastValue);
    if (ahead === 0n || ahead > 0n === BigInt(increment) > 0n) return [];
  }
  return [`the sequence ${name} is at ${found ?? 'its start'}, not ${lastValue}`];
}

function compareTable(expected: TableFigures, found: TableFigures | undefined, { sums }: Comparable): string[] {
  if (found === undefined) return [`${expected.name} is missing`];
  if (found.rows !== expected.rows) return [`${expected.name} has ${found.rows} rows, not ${expected.rows}`];
  if (sums && found.checksum !== expected.checksum) return [`${expected.name} has other rows than were backed up`];
  return [];
}
