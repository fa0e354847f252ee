/** A call that is under way. */
export type CallUnderWay = { readonly name: string; readonly startedAt: number };

type Ended = { readonly name: string; readonly at: number; readonly slow: boolean };
type Count = { calls: number; slow: number };

/**
 * Long enough for a short stall of everything to pass, short enough to see a database that hangs before all do: for as
 * long the quick calls of before speak for it.
 */
const WINDOW_MS = 2000;
const LEAST_CALLS = 6;
/** Fewer than of all: one statement may have most of the places, and then hardly any others end while all are slow. */
const LEAST_OTHER_CALLS = 3;
const SLOW_SHARE = 0.5;
/** Of the calls that ended in the window, the newest: enough to judge by. */
const REMEMBERED = 1000;

/**
 * Says when the database as a whole has become slow: when most calls of the last seconds were, those that are still
 * under way included, and most of those are that remain without the one statement that has most slow calls. One
 * expensive statement is no slow database; the bulkhead holds that down.
 */
export class SlowCalls {
  readonly #limitMs: number;
  readonly #underWay = new Set<CallUnderWay>();
  #ended: Ended[] = [];

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  began(name: string): CallUnderWay {
    const call = { name, startedAt: performance.now() };
    this.#underWay.add(call);
    return call;
  }

  /** PostgreSQL answered. `waitedForLock` is no slowness of its own. */
  answered(call: CallUnderWay, waitedForLock: boolean): void {
    this.#underWay.delete(call);
    const at = performance.now();
    this.#ended.push({ name: call.name, at, slow: !waitedForLock && at - call.startedAt > this.#limitMs });
    if (this.#ended.length >= 2 * REMEMBERED) this.#ended = this.#ended.slice(-REMEMBERED);
  }

  /** It failed: that is counted as such, and says nothing of speed. */
  failed(call: CallUnderWay): void {
    this.#underWay.delete(call);
  }

  get mostAreSlow(): boolean {
    const all = [...this.#counts().values()].toSorted((one, other) => other.slow - one.slow);
    const [, ...others] = all;
    return isSlow(sumOf(all), LEAST_CALLS) && isSlow(sumOf(others), LEAST_OTHER_CALLS);
  }

  /** What happened before counts no longer. */
  forget(): void {
    this.#ended = [];
    this.#underWay.clear();
  }

  #counts(): Map<string, Count> {
    const now = performance.now();
    const counts = new Map<string, Count>();
    const add = (name: string, slow: boolean) => {
      const count = counts.get(name) ?? { calls: 0, slow: 0 };
      counts.set(name, { calls: count.calls + 1, slow: count.slow + (slow ? 1 : 0) });
    };
    for (const { name, at, slow } of this.#ended) if (now - at < WINDOW_MS) add(name, slow);
    for (const { name, startedAt } of this.#underWay) {
      // They stand in the order they began in; one that has just begun says nothing yet.
      if (now - startedAt <= this.#limitMs) break;
      add(name, true);
    }
    return counts;
  }
}

function sumOf(counts: readonly Count[]): Count {
  return counts.reduce((sum, { calls, slow }) => ({ calls: sum.calls + calls, slow: sum.slow + slow }), {
    calls: 0,
    slow: 0,
  });
}

function isSlow({ calls, slow }: Count, least: number): boolean {
  return calls >= least && slow >= calls * SLOW_SHARE;
}
