const BUCKET_MS = 1000;
const BUCKETS = 10;
const LEAST_CALLS = 10;
const SLOW_SHARE = 0.5;

type Count = { calls: number; slow: number };

/**
 * Says when the database as a whole has become slow: when most calls of the last ten seconds were. The one statement
 * with most slow calls is left out, because one expensive statement is no slow database; the bulkhead holds that down.
 */
export class SlowCalls {
  readonly #limitMs: number;
  #buckets: { readonly startedAt: number; readonly counts: Map<string, Count> }[] = [];

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Counts a call that was answered. Returns true when by it the database counts as slow. */
  ended(name: string, ms: number): boolean {
    const slow = ms > this.#limitMs;
    const counts = this.#currentCounts();
    const count = counts.get(name) ?? { calls: 0, slow: 0 };
    count.calls += 1;
    if (slow) count.slow += 1;
    counts.set(name, count);
    return slow && this.#mostAreSlow();
  }

  forget(): void {
    this.#buckets = [];
  }

  #currentCounts(): Map<string, Count> {
    const now = performance.now();
    const current = this.#buckets.at(-1);
    if (current !== undefined && now - current.startedAt < BUCKET_MS) return current.counts;
    const counts = new Map<string, Count>();
    this.#buckets = this.#buckets.filter(({ startedAt }) => now - startedAt < BUCKETS * BUCKET_MS);
    this.#buckets.push({ startedAt: now, counts });
    return counts;
  }

  #mostAreSlow(): boolean {
    const sums = new Map<string, Count>();
    for (const { counts } of this.#buckets) {
      for (const [name, { calls, slow }] of counts) {
        const sum = sums.get(name) ?? { calls: 0, slow: 0 };
        sums.set(name, { calls: sum.calls + calls, slow: sum.slow + slow });
      }
    }
    const others = [...sums.values()].toSorted((one, other) => other.slow - one.slow).slice(1);
    const calls = others.reduce((sum, count) => sum + count.calls, 0);
    const slow = others.reduce((sum, count) => sum + count.slow, 0);
    return calls >= LEAST_CALLS && slow >= calls * SLOW_SHARE;
  }
}
