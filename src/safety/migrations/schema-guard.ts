import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { compareLedger, explainVerdict, type LedgerVerdict, readLedger } from './ledger.ts';
import { type Migration, readMigrations } from './migration-files.ts';

/** The tables the blog cannot be without. */
export const REQUIRED_TABLES = [
  'users',
  'follows',
  'articles',
  'article_totals',
  'article_tags',
  'tags',
  'favorites',
  'comments',
  'idempotency_keys',
] as const;

export type SchemaReport = {
  readonly checkedAt: Date;
  readonly state: LedgerVerdict['state'] | 'incomplete';
  readonly valid: boolean;
  readonly missingTables: readonly string[];
  /** Rows of each table that is there: exact up to ten thousand, PostgreSQL's estimate above. */
  readonly tableCounts: Readonly<Record<string, number>>;
  /** What is the matter and what to type. */
  readonly message: string;
};

const COUNTED_EXACTLY = 10_000;
const INSPECTION_PARAMETERS = {
  statement_timeout: '2s',
  lock_timeout: '500ms',
  default_transaction_read_only: 'on',
};

const INSPECTION_QUERY_TIMEOUT_MS = 3000;

/** Looks at the schema once. Creates and changes nothing. */
export function inspectSchema(
  address: DatabaseAddress,
  files: readonly Migration[] = readMigrations(),
): Promise<SchemaReport> {
  return withConnection(
    address,
    async (client) => {
      const verdict = compareLedger(files, await readLedger(client));
      const present = await presentTables(client);
      const missingTables = REQUIRED_TABLES.filter((table) => !present.has(table));
      const state = verdict.state === 'current' && missingTables.length > 0 ? 'incomplete' : verdict.state;
      return {
        checkedAt: new Date(),
        state,
        valid: state === 'current',
        missingTables,
        tableCounts: await countRows(client, present),
        message: state === 'incomplete' ? explainMissing(missingTables) : explainVerdict(verdict),
      };
    },
    INSPECTION_PARAMETERS,
    INSPECTION_QUERY_TIMEOUT_MS,
  );
}

async function presentTables(client: Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ name: string; estimate: string }>(
    `select relname as name, greatest(reltuples, 0)::bigint as estimate
     from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname = any ($1)`,
    [REQUIRED_TABLES],
  );
  return new Map(rows.map(({ name, estimate }) => [name, Number(estimate)]));
}

async function countRows(client: Client, present: ReadonlyMap<string, number>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  if (present.size === 0) return counts;
  const { rows } = await client.query<{ name: string; counted: string }>(
    [...present.keys()]
      .map(
        (table) =>
          `select '${table}' as name, count(*) as counted
           from (select from public.${table} limit ${COUNTED_EXACTLY + 1}) as counted_rows`,
      )
      .join(' union all '),
  );
  for (const { name, counted } of rows) {
    const exact = Number(counted);
    counts[name] = exact > COUNTED_EXACTLY ? Math.max(exact, present.get(name) ?? 0) : exact;
  }
  return counts;
}

function explainMissing(tables: readonly string[]): string {
  return (
    `Tables are missing although their migration was applied: ${tables.join(', ')}. ` +
    'Somebody dropped them, so their rows are gone too: restore the database from a backup.'
  );
}

const INSPECTION_PAUSE_MS = 10_000;

/** Inspects the schema at start and from then on, while the database can be reached. Keeps the last report. */
export class SchemaGuard {
  readonly #address: DatabaseAddress;
  readonly #mayAsk: () => boolean;
  readonly #onFailure: (error: Error) => void;
  readonly #files = readMigrations();
  #report: SchemaReport | undefined;
  #timer: NodeJS.Timeout | undefined;
  #inspection: Promise<SchemaReport | undefined> | undefined;
  #stopped = false;

  constructor(options: {
    address: DatabaseAddress;
    /** False while the database is known to be away. */
    mayAsk: () => boolean;
    onFailure: (error: Error) => void;
  }) {
    this.#address = options.address;
    this.#mayAsk = options.mayAsk;
    this.#onFailure = options.onFailure;
  }

  /** What was last seen; undefined until the database was reached once. */
  get report(): SchemaReport | undefined {
    return this.#report;
  }

  /**
   * What keeps the API from answering, with what to type; undefined when nothing does. A database that can be reached
   * must have been looked at first; while it cannot, what the cache holds may be served.
   */
  get problem(): string | undefined {
    if (this.#report === undefined) {
      return this.#mayAsk() ? 'The schema is being inspected. Please try again in a moment.' : undefined;
    }
    return this.#report.valid ? undefined : this.#report.message;
  }

  /** Looks now, unless a look is under way already, and plans the next one. */
  inspect(): Promise<SchemaReport | undefined> {
    this.#inspection ??= this.#look().finally(() => {
      this.#inspection = undefined;
      this.#planNext();
    });
    return this.#inspection;
  }

  /** Nothing waits for a look that is under way: it has time limits of its own. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<SchemaReport | undefined> {
    if (!this.#mayAsk()) return this.#report;
    try {
      this.#report = await inspectSchema(this.#address, this.#files);
    } catch (error) {
      // The last report stays, with its age. A lost connection is the supervisor's to report.
      if (this.#mayAsk() && error instanceof Error) this.#onFailure(error);
    }
    return this.#report;
  }

  #planNext(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.inspect(), INSPECTION_PAUSE_MS).unref();
  }
}
