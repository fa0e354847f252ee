import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { isTooBig, LARGEST_ROW } from './unusable-file.ts';

/** The values of one row. */
export type Row = readonly SQLOutputValue[];

/** How many values are fetched at once, about. */
const BATCH_VALUES = 2000;
/** At most so many bytes are fetched at once: the larger a table's values, the fewer of its rows. */
export const BATCH_BYTES = 2 * 2 ** 20;

export type Selection = {
  /** SQL of what is selected. */
  readonly columns: readonly string[];
  /** SQL of the table's name. */
  readonly table: string;
  /** SQL of the table's rowid, and where it is among the columns. */
  readonly rowid: string;
  readonly rowidAt: number;
};

/**
 * All rows of a table, in the order of their rowids. Many at once take two thirds of the time of one after the other. The
 * database must be one that returns arrays.
 */
export function* rowsInBatches(
  database: DatabaseSync,
  { columns, table, rowid, rowidAt }: Selection,
): Generator<Row> {
  const select = `select ${columns.join(', ')} from ${table} not indexed where ${rowid} > ? order by ${rowid}`;
  const batch = database.prepare(`${select} limit ?`);
  const most = Math.ceil(BATCH_VALUES / columns.length);
  let last: SQLInputValue = Number.NEGATIVE_INFINITY;
  for (let size = most; size > 1; ) {
    const largest = Math.floor(BATCH_BYTES / (size * columns.length));
    const rows = withoutLarger(database, largest, () => batch.all(last, size) as unknown as readonly Row[]);
    if (rows === undefined) {
      size = Math.floor(size / 4);
      continue;
    }
    yield* rows;
    const [end] = rows.slice(-1);
    if (end === undefined) return;
    last = end[rowidAt] ?? null;
    size = Math.min(most, 2 * size);
  }
  // From the first row of which not even two may be in memory.
  yield* database.prepare(select).iterate(last) as Iterable<unknown> as Iterable<Row>;
}

/** What `read` returns; undefined where it comes upon a value of more bytes than `largest`. */
function withoutLarger<Found>(database: DatabaseSync, largest: number, read: () => Found): Found | undefined {
  database.limits.length = largest;
  try {
    return read();
  } catch (error) {
    if (isTooBig(error)) return undefined;
    throw error;
  } finally {
    database.limits.length = LARGEST_ROW;
  }
}
