import { createHash } from 'node:crypto';

/** Few enough that what is collected does not outlive V8's quick collections. */
const CELLS_AT_ONCE = 64;
const LONG_CELL = 4096;
/** Stands for null. Texts that begin with it are given one more. */
const NULL = '\x01';
/** No cell contains it: PostgreSQL has no NUL in text. */
const END = '\0';

/** A checksum (SHA-256) of all cells of each column, in the order of the rows. */
export class ColumnChecksums {
  readonly #columns: { readonly hash: ReturnType<typeof createHash>; cells: string[] }[];

  constructor(columns: number) {
    this.#columns = Array.from({ length: columns }, () => ({ hash: createHash('sha256'), cells: [] }));
  }

  add(column: number, meaning: string | null): void {
    const state = this.#columns[column];
    if (state === undefined) throw new RangeError(`there is no column ${column}`);
    state.cells.push(meaning === null ? NULL : meaning.charCodeAt(0) === 1 ? NULL + meaning : meaning);
    if (state.cells.length >= CELLS_AT_ONCE || (meaning !== null && meaning.length > LONG_CELL)) flush(state);
  }

  /** One for each column, in hexadecimal. Nothing can be added after that. */
  digests(): string[] {
    return this.#columns.map((state) => {
      flush(state);
      return state.hash.digest('hex');
    });
  }
}

function flush(state: { readonly hash: ReturnType<typeof createHash>; cells: string[] }): void {
  if (state.cells.length === 0) return;
  state.cells.push('');
  state.hash.update(state.cells.join(END));
  state.cells = [];
}
