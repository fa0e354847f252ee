import pg from 'pg';
import Type, { type Static } from 'typebox';
import type { Database } from '../../database/database.ts';
import { DatabaseOverloaded, DatabaseUnavailable } from '../../database/errors.ts';
import { databaseStatistics, slowestStatements } from './statistics-statements.ts';

const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema, description = '') =>
  Type.Union([schema, Type.Null()], description === '' ? {} : { description });
const moment = Type.String();
const ratio = orNull(Type.Number(), 'from 0 to 1; null where nothing was asked for');

const slowStatement = Type.Object({
  statement: orNull(Type.String(), 'the name it has in this application; null for one that is not of ours'),
  query: Type.String({ description: 'its beginning, with $1 and so on for every constant' }),
  calls: Type.Integer(),
  total_ms: Type.Number(),
  mean_ms: Type.Number(),
  max_ms: Type.Number(),
  rows: Type.Integer(),
  time_share: ratio,
  cache_hit_ratio: ratio,
});

const table = Type.Object({
  table: Type.String(),
  rows: Type.Integer({ description: 'an estimate' }),
  dead_rows: Type.Integer({ description: 'changed or deleted, and not cleared away yet' }),
  dead_share: ratio,
  bytes: Type.Integer({ description: 'with its indexes' }),
  sequential_scans: Type.Integer({ description: 'how often it was read from end to end' }),
  rows_per_sequential_scan: Type.Integer(),
  index_scans: Type.Integer(),
  cache_hit_ratio: ratio,
  last_vacuum_at: orNull(moment),
  last_analyze_at: orNull(moment),
});

const statistics = Type.Object({
  statistics_since: orNull(moment),
  cache_hit_ratio: ratio,
  tables: Type.Array(table, { description: 'the largest first' }),
  unused_indexes: Type.Array(Type.Object({ index: Type.String(), table: Type.String(), bytes: Type.Integer() }), {
    description: 'that no statement has used since then and no constraint needs',
  }),
});

export const databaseStatisticsSchema = Type.Object({
  available: Type.Boolean(),
  message: Type.String({ description: 'why not, or what is worth a look' }),
  asked_at: orNull(Type.String({ format: 'date-time' })),
  statistics: orNull(statistics, 'what PostgreSQL counted, in all processes and since its own start'),
  slowest_statements: orNull(
    Type.Array(slowStatement),
    'those that took the most time in all; null without the extension pg_stat_statements',
  ),
  hints: Type.Array(Type.String(), { description: 'indexes that may be missing, tables that need clearing up' }),
});

type Report = Static<typeof databaseStatisticsSchema>;
type Statistics = Static<typeof statistics>;

const KEPT_MS = 5000;

const WITHOUT_EXTENSION =
  'PostgreSQL does not say which statements are slow, because this database has no extension pg_stat_statements. As a ' +
  'superuser: create extension pg_stat_statements (docs/monitoring.md says what else it needs).';

const LOCKED =
  'It waited in vain for the size of a table that another session has locked, as a migration or vacuum full does ' +
  '(docs/runbook/slow.md says how to find that session).';

/** PostgreSQL's own figures, asked for by the way that all statements take, and no more often than every few seconds. */
export class DatabaseStatistics {
  readonly #database: Pick<Database, 'accepting' | 'query'>;
  #report: Promise<Report> | undefined;
  #keptUntil = 0;

  constructor(database: Pick<Database, 'accepting' | 'query'>) {
    this.#database = database;
  }

  /** Never rejects for want of a database: then the report says so. */
  read(): Promise<Report> {
    if (this.#report === undefined || performance.now() > this.#keptUntil) {
      this.#keptUntil = performance.now() + KEPT_MS;
      this.#report = this.#ask();
    }
    return this.#report;
  }

  async #ask(): Promise<Report> {
    if (!this.#database.accepting) return unavailable('It is known to be away, so that it is not asked.');
    try {
      const { has_statements: hasStatements, ...figures } = JSON.parse(
        (await this.#database.query(databaseStatistics, [])) ?? '',
      ) as Statistics & { has_statements: boolean };
      const slowest = hasStatements ? await this.#database.query(slowestStatements, []) : null;
      return {
        available: true,
        message: hasStatements ? 'As PostgreSQL says.' : WITHOUT_EXTENSION,
        asked_at: new Date().toISOString(),
        statistics: figures,
        slowest_statements: slowest === null ? null : (JSON.parse(slowest) as Static<typeof slowStatement>[]),
        hints: hintsOf(figures),
      };
    } catch (error) {
      if (error instanceof DatabaseOverloaded && error.reason === 'lock') return unavailable(LOCKED);
      if (error instanceof DatabaseUnavailable || error instanceof DatabaseOverloaded) {
        return unavailable('It did not answer.');
      }
      if (error instanceof pg.DatabaseError) return unavailable(`It refused with SQLSTATE ${error.code}.`);
      throw error;
    }
  }
}

function unavailable(why: string): Report {
  return {
    available: false,
    message: `PostgreSQL says nothing of itself now. ${why} The rest is what this process has seen.`,
    asked_at: null,
    statistics: null,
    slowest_statements: null,
    hints: [],
  };
}

const MANY_ROWS = 10_000;
const MANY_SCANS = 100;
const MUCH_DEAD = 0.2;
const LARGE_INDEX_BYTES = 10 * 1024 * 1024;

function hintsOf({ tables, unused_indexes: unused }: Statistics): string[] {
  return [
    ...tables
      .filter((one) => one.rows_per_sequential_scan > MANY_ROWS && one.sequential_scans > MANY_SCANS)
      .map(
        (one) =>
          `${one.table} was read from end to end ${one.sequential_scans} times, ${one.rows_per_sequential_scan} rows ` +
          'each time: a statement may want an index. slowest_statements and explain (analyze) say which.',
      ),
    ...tables
      .filter((one) => one.dead_rows > MANY_ROWS && (one.dead_share ?? 0) > MUCH_DEAD)
      .map(
        (one) =>
          `${one.table} has ${one.dead_rows} dead rows: see whether a long transaction keeps autovacuum from clearing up, ` +
          `or run vacuum (analyze) ${one.table}.`,
      ),
    ...unused
      .filter(({ bytes }) => bytes > LARGE_INDEX_BYTES)
      .map(
        ({ index, table, bytes }) =>
          `No statement has used the index ${index} of ${table} (${bytes} bytes): every write pays for it. See that ` +
          'replicas do not use it before you drop it in a migration.',
      ),
  ];
}
