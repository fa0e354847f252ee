import type { DatabaseAddress } from '../../config/database-address.ts';
import { inspectSchema, readExpectedSchema, type SchemaReport } from './inspect-schema.ts';
import type { RowCounts } from './row-counts.ts';

const INSPECTION_PAUSE_MS = 10_000;
/** Whoever was told of an inspection waits longer, by a share of his own, so that one inspects for all. */
const TOLD_PAUSE_SHARE = { least: 1.2, spread: 0.3 };

/** Inspects the schema at start and from then on, while the database can be reached. Keeps the last report. */
export class SchemaGuard {
  readonly #address: DatabaseAddress;
  readonly #mayAsk: () => boolean;
  readonly #onFailure: (error: Error) => void;
  readonly #knownElsewhere: () => Promise<RowCounts>;
  readonly #onReport: (report: SchemaReport) => void;
  readonly #expected = readExpectedSchema();
  #report: SchemaReport | undefined;
  #timer: NodeJS.Timeout | undefined;
  #inspection: Promise<SchemaReport | undefined> | undefined;
  #stopped = false;

  constructor(options: {
    address: DatabaseAddress;
    /** False while the database is known to be away. */
    mayAsk: () => boolean;
    onFailure: (error: Error) => void;
    /** How many rows there were, for a database without notes of its own: what the newest backup holds. */
    knownElsewhere?: () => Promise<RowCounts>;
    /** Is given every report of an inspection made here, for other processes. */
    onReport?: (report: SchemaReport) => void;
  }) {
    this.#address = options.address;
    this.#mayAsk = options.mayAsk;
    this.#onFailure = options.onFailure;
    this.#knownElsewhere = options.knownElsewhere ?? (async () => ({}));
    this.#onReport = options.onReport ?? (() => {});
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

  /** Another process has inspected the same database: we need not so soon. */
  told(report: SchemaReport): void {
    if (this.#report !== undefined && this.#report.checkedAt >= report.checkedAt) return;
    this.#report = report;
    this.#planNext(INSPECTION_PAUSE_MS * (TOLD_PAUSE_SHARE.least + TOLD_PAUSE_SHARE.spread * Math.random()));
  }

  /** Nothing waits for a look that is under way: it has time limits of its own. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<SchemaReport | undefined> {
    if (!this.#mayAsk()) return this.#report;
    try {
      this.#report = await inspectSchema(this.#address, this.#expected, this.#knownElsewhere);
      this.#onReport(this.#report);
    } catch (error) {
      // The last report stays, with its age. A lost connection is the supervisor's to report.
      if (this.#mayAsk() && error instanceof Error) this.#onFailure(error);
    }
    return this.#report;
  }

  #planNext(pauseMs = INSPECTION_PAUSE_MS): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.inspect(), pauseMs).unref();
  }
}
