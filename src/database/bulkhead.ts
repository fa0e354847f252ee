import type { Caller } from './caller.ts';
import { DatabaseOverloaded, refusal } from './errors.ts';
import { hasRoom, Occupancy, type Occupant } from './occupancy.ts';

/** What asks for a place, and who waits for it. */
export type Entrant = Occupant & { readonly caller: Caller };

type Waiter = Entrant & {
  readonly admit: () => void;
  readonly refuse: (error: Error) => void;
};

export type BulkheadOptions = {
  /** Places: as many calls are at work at once. */
  readonly limit: number;
  readonly queueMax: number;
  readonly queueTimeoutMs: number;
  /** After `ramp()` the places come back over this time. */
  readonly rampMs: number;
};

const RAMP_START_SHARE = 0.2;
/** While somebody waits: how often we look whether he is still there, and whether there is more room. */
const LOOK_EVERY_MS = 25;

/**
 * A bounded number of calls at work, a bounded queue before them, and a deadline for waiting in it. Reads, and logins and
 * changes, each have a share that the others never take, and no single read has all of its, if there are two; where
 * several wait, they take turns by statement. Whoever is refused here was never counted by the breaker: too many callers
 * is not the database's failure.
 */
export class Bulkhead {
  readonly #options: BulkheadOptions;
  readonly #working = new Occupancy();
  readonly #queued = new Occupancy();
  /** By statement, the one whose turn is next first. */
  readonly #waiting = new Map<string, Waiter[]>();
  #looking: NodeJS.Timeout | undefined;
  #rampStartedAt = Number.NEGATIVE_INFINITY;

  constructor(options: BulkheadOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queued.total;
  }

  get working(): number {
    return this.#working.total;
  }

  /** How many may be at work now: fewer than configured for a while after an outage. */
  get limit(): number {
    const { limit, rampMs } = this.#options;
    const share = Math.max(RAMP_START_SHARE, (performance.now() - this.#rampStartedAt) / rampMs);
    return share >= 1 ? limit : Math.ceil(limit * share);
  }

  /** The database has just come back: let the load return gradually. */
  ramp(): void {
    this.#rampStartedAt = performance.now();
  }

  /**
   * Waits for a place. Everyone admitted calls `leave` exactly once.
   * @throws {DatabaseOverloaded} when the queue is full, the wait or the caller's deadline is over, or the caller has gone
   */
  enter(entrant: Entrant): Promise<void> | undefined {
    const { queueMax, queueTimeoutMs } = this.#options;
    const waitMs = Math.min(queueTimeoutMs, entrant.caller.deadlineAt - performance.now());
    if (waitMs <= 0) throw refusal(() => new DatabaseOverloaded('deadline'));
    if (entrant.caller.gone()) throw refusal(() => new DatabaseOverloaded('caller-gone'));
    this.#admitWaiting();
    if (hasRoom(this.#working, this.limit, entrant)) {
      this.#working.add(entrant);
      return undefined;
    }
    if (!hasRoom(this.#queued, queueMax, entrant)) this.#dismissGone();
    if (!hasRoom(this.#queued, queueMax, entrant)) throw refusal(() => new DatabaseOverloaded('queue-full'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#unqueue(waiter);
        reject(refusal(() => new DatabaseOverloaded(waitMs < queueTimeoutMs ? 'deadline' : 'queue-timeout')));
      }, waitMs);
      const waiter: Waiter = {
        ...entrant,
        admit: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#enqueue(waiter);
    });
  }

  /** Gives the place to the next one in turn, or back. */
  leave(entrant: Entrant): void {
    this.#working.remove(entrant);
    this.#admitWaiting();
  }

  /** Sends everyone who waits away at once. */
  refuseWaiting(makeError: () => Error): void {
    for (const waiter of this.#allWaiting()) {
      this.#unqueue(waiter);
      waiter.refuse(makeError());
    }
  }

  /** Those whose client has gone keep no room from others. */
  #dismissGone(): void {
    for (const waiter of this.#allWaiting()) {
      if (!waiter.caller.gone()) continue;
      this.#unqueue(waiter);
      waiter.refuse(refusal(() => new DatabaseOverloaded('caller-gone')));
    }
  }

  #allWaiting(): Waiter[] {
    return [...this.#waiting.values()].flat();
  }

  #admitWaiting(): void {
    if (this.#queued.total === 0) return;
    for (;;) {
      const next = this.#nextInTurn();
      if (next === undefined) return;
      this.#unqueue(next);
      if (next.caller.gone()) {
        next.refuse(refusal(() => new DatabaseOverloaded('caller-gone')));
        continue;
      }
      this.#working.add(next);
      next.admit();
    }
  }

  #nextInTurn(): Waiter | undefined {
    for (const [name, waiters] of this.#waiting) {
      const [first] = waiters;
      if (first === undefined || !hasRoom(this.#working, this.limit, first)) continue;
      // Its statement's turn is over: the others come first.
      this.#waiting.delete(name);
      this.#waiting.set(name, waiters);
      return first;
    }
    return undefined;
  }

  #enqueue(waiter: Waiter): void {
    this.#queued.add(waiter);
    const waiters = this.#waiting.get(waiter.name);
    if (waiters === undefined) this.#waiting.set(waiter.name, [waiter]);
    else waiters.push(waiter);
    // The room after an outage grows, and clients go, also when nobody comes and nobody is done.
    this.#looking ??= setInterval(() => {
      this.#dismissGone();
      this.#admitWaiting();
    }, LOOK_EVERY_MS).unref();
  }

  #unqueue(waiter: Waiter): void {
    this.#queued.remove(waiter);
    const waiters = this.#waiting.get(waiter.name) ?? [];
    const place = waiters.indexOf(waiter);
    if (place !== -1) waiters.splice(place, 1);
    if (waiters.length === 0) this.#waiting.delete(waiter.name);
    if (this.#queued.total > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}
