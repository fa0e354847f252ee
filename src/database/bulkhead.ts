import { DatabaseOverloaded, refusal } from './errors.ts';

type Waiter = { readonly admit: () => void; readonly refuse: (error: Error) => void };

/**
 * A bounded number of calls at work, a bounded queue behind them, and a deadline for waiting in it.
 * Whoever is refused here was never counted by the breaker: too many callers is not the database's failure.
 */
export class Bulkhead {
  readonly #limit: number;
  readonly #queueMax: number;
  readonly #queueTimeoutMs: number;
  #active = 0;
  #waiting = new Set<Waiter>();

  constructor(options: { limit: number; queueMax: number; queueTimeoutMs: number }) {
    this.#limit = options.limit;
    this.#queueMax = options.queueMax;
    this.#queueTimeoutMs = options.queueTimeoutMs;
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a place. Everyone admitted calls `leave` exactly once.
   * @throws {DatabaseOverloaded} when the queue is full or the wait took too long
   */
  enter(): Promise<void> | undefined {
    if (this.#active < this.#limit) {
      this.#active += 1;
      return undefined;
    }
    if (this.#waiting.size >= this.#queueMax) throw refusal(() => new DatabaseOverloaded('queue-full'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(refusal(() => new DatabaseOverloaded('queue-timeout')));
      }, this.#queueTimeoutMs);
      const waiter: Waiter = {
        admit: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.add(waiter);
    });
  }

  /** Gives the place to the one who has waited longest, or back. */
  leave(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      next.admit();
      return;
    }
    this.#active -= 1;
  }

  /** Sends everyone who waits away at once. */
  refuseWaiting(makeError: () => Error): void {
    for (const waiter of this.#waiting) waiter.refuse(makeError());
    this.#waiting.clear();
  }
}
