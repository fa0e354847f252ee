import { LRUCache } from 'lru-cache';
import { Counter, type Registry } from 'prom-client';
import { type ErrorShape, shapeOf } from './error-shape.ts';

/** Where an unexpected error came up. */
export type ErrorPlace = {
  /** Undefined where no request waited for it. */
  readonly requestId: string | undefined;
  /** The method and the route's pattern, never the path; or `background`. */
  readonly route: string;
  /** Name of the SQL statement that failed, if it was one. */
  readonly statement: string | undefined;
};

export type TrackedError = ErrorShape &
  ErrorPlace & {
    readonly count: number;
    readonly firstSeenAt: Date;
    readonly lastSeenAt: Date;
  };

const REMEMBERED = 50;
const OTHERS = 'other';

/** Counts unexpected errors by what they are. It remembers the last fifty kinds; the metric has the first fifty, and others. */
export class ErrorTracker {
  readonly #errors = new LRUCache<string, TrackedError>({ max: REMEMBERED });
  readonly #labels = new Set<string>();
  readonly #counter: Counter;

  constructor(registers: Registry[]) {
    this.#counter = new Counter({
      name: 'unexpected_errors_total',
      help: 'Errors that nobody foresaw, by fingerprint; /api/monitoring/errors says what they are',
      labelNames: ['fingerprint'],
      registers,
    });
    // So that the first error is an increase too.
    this.#counter.inc({ fingerprint: OTHERS }, 0);
  }

  /** Counts it and returns what is known of its kind. `place` is that of this one. */
  track(error: unknown, place: ErrorPlace): TrackedError {
    const shape = shapeOf(error, place.statement);
    const now = new Date();
    const known = this.#errors.get(shape.fingerprint);
    const tracked = {
      ...shape,
      ...place,
      count: (known?.count ?? 0) + 1,
      firstSeenAt: known?.firstSeenAt ?? now,
      lastSeenAt: now,
    };
    this.#errors.set(shape.fingerprint, tracked);
    if (this.#labels.size < REMEMBERED) this.#labels.add(shape.fingerprint);
    this.#counter.inc({ fingerprint: this.#labels.has(shape.fingerprint) ? shape.fingerprint : OTHERS });
    return tracked;
  }

  /** The last fifty kinds, the one that was seen last first. */
  recent(): readonly TrackedError[] {
    return [...this.#errors.values()];
  }
}

/** What several processes remember, as one would: the last fifty kinds, the one that was seen last first. */
export function inAllProcesses(all: readonly (readonly TrackedError[])[]): readonly TrackedError[] {
  const kinds = new Map<string, TrackedError>();
  for (const error of all.flat()) {
    const known = kinds.get(error.fingerprint);
    if (known === undefined) {
      kinds.set(error.fingerprint, error);
      continue;
    }
    const later = error.lastSeenAt > known.lastSeenAt ? error : known;
    const earlier = later === error ? known : error;
    const firstSeenAt = earlier.firstSeenAt < later.firstSeenAt ? earlier.firstSeenAt : later.firstSeenAt;
    kinds.set(error.fingerprint, { ...later, firstSeenAt, count: known.count + error.count });
  }
  return [...kinds.values()]
    .toSorted((one, other) => other.lastSeenAt.getTime() - one.lastSeenAt.getTime())
    .slice(0, REMEMBERED);
}
