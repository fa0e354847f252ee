import type { ProblemCode } from './problem.ts';

const OWN_LINES = 10;
const SUM_EVERY_MS = 1000;

/**
 * Requests that are refused for now may be thousands a second, for one and the same reason: of each problem ten a second
 * have a line of their own in the log, and one more says how many there were besides.
 */
export class RefusalsInSum {
  readonly #write: (code: ProblemCode, more: number) => void;
  /** Those of the second that began with the first of them. */
  readonly #counts = new Map<ProblemCode, number>();
  #second: NodeJS.Timeout | undefined;

  /** `write` is told of how many more requests were refused, by a problem of that code, than had lines of their own. */
  constructor(write: (code: ProblemCode, more: number) => void) {
    this.#write = write;
  }

  /** One more. Returns true when it has a line of its own. */
  count(code: ProblemCode): boolean {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    this.#second ??= setTimeout(() => this.writeSums(), SUM_EVERY_MS).unref();
    return count <= OWN_LINES;
  }

  /** Writes what was not written yet, as when the second or the process ends. */
  writeSums(): void {
    clearTimeout(this.#second);
    this.#second = undefined;
    for (const [code, count] of this.#counts) if (count > OWN_LINES) this.#write(code, count - OWN_LINES);
    this.#counts.clear();
  }
}
