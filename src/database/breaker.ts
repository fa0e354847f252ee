import CircuitBreaker from 'opossum';
import { within } from './deadlines.ts';
import { DatabaseOverloaded, DatabaseUnavailable, NOT_ASKED } from './errors.ts';
import type { Hold } from './hold.ts';
import { SlowCalls } from './slow-calls.ts';

/** There is no half-open one: the supervisor's probes try the database, and no caller has to. */
export const BREAKER_STATES = ['closed', 'open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];
export type BreakerEvent = 'success' | 'failure' | 'timeout' | 'slow' | 'reject' | 'open' | 'close';

export type BreakerOptions = {
  /** When a call counts as failed, whatever it does. */
  readonly timeoutMs: number;
  /** Calls that take longer are slow; when most are, the breaker opens. */
  readonly slowCallMs: number;
  readonly onEvent: (event: BreakerEvent) => void;
};

type Work = () => Promise<unknown>;

const WINDOW_MS = 10_000;
const WINDOW_BUCKETS = 10;
const LEAST_CALLS = 10;
const FAILURE_PERCENTAGE = 50;
/** opossum would let a caller try by itself after this, held by hand or not. The longest there is: 24 days. */
const RESET_MS = 2 ** 31 - 1;
const LOOK_EVERY_MS = 250;

/**
 * opossum's circuit breaker as a database needs it: it holds the state and the window, the supervisor owns recovery. What
 * counts as a failure is a DatabaseUnavailable; what PostgreSQL itself ended for its time limit, or the caller's deadline
 * did, counts by how slow it was, and that a server is not the primary is an answer.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #circuit: CircuitBreaker<[Work], unknown>;
  readonly #slowCalls: SlowCalls;
  readonly #looking: NodeJS.Timeout;
  #since = new Date();
  #held: Hold | undefined;
  /** Raised at every opening and closing, so that calls of before do not count after. */
  #era = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#slowCalls = new SlowCalls(options.slowCallMs);
    this.#circuit = new CircuitBreaker((work: Work) => work(), {
      name: 'postgresql',
      // Ours has one timer for all calls (deadlines.ts).
      timeout: false,
      resetTimeout: RESET_MS,
      rollingCountTimeout: WINDOW_MS,
      rollingCountBuckets: WINDOW_BUCKETS,
      volumeThreshold: LEAST_CALLS,
      errorThresholdPercentage: FAILURE_PERCENTAGE,
      // With percentiles on, each failure sorts every latency of the window.
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      errorFilter: (error: unknown) => !isFailure(error),
    });
    for (const event of ['success', 'failure'] as const) {
      this.#circuit.on(event as 'close', () => options.onEvent(event));
    }
    this.#circuit.on('open', () => this.#changed('open'));
    this.#circuit.on('close', () => this.#changed('close'));
    this.#looking = setInterval(() => this.#lookForSlowness(), LOOK_EVERY_MS).unref();
  }

  get state(): BreakerState {
    if (this.#held !== undefined) return this.#held.state;
    return this.#circuit.closed ? 'closed' : 'open';
  }

  /** Since when it is closed, or has not been. */
  get since(): Date {
    return this.#since;
  }

  /** What a person said, while it holds. */
  get held(): Hold | undefined {
    return this.#held;
  }

  /** Calls of the last ten seconds, for health. */
  get window(): { calls: number; failures: number } {
    const { fires, failures } = this.#circuit.stats;
    return { calls: fires, failures };
  }

  /** What a call is refused with while the breaker is open, each counted. Not thrown: that would be most of its cost. */
  refusal(): DatabaseUnavailable | undefined {
    if (this.state === 'closed') return undefined;
    this.#options.onEvent('reject');
    return NOT_ASKED;
  }

  /**
   * Runs `work` unless the breaker is open. `name` is its statement's.
   * @throws {DatabaseUnavailable} at once when open, or when `work` outlives the breaker's time limit
   */
  async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const refusal = this.refusal();
    if (refusal !== undefined) throw refusal;
    const era = this.#era;
    const tooSlow = () => {
      const error = new DatabaseUnavailable('timeout');
      if (era !== this.#era) return new OfAnotherEra('', { cause: error });
      if (this.#held === undefined) this.#options.onEvent('timeout');
      return error;
    };
    let result: Result | undefined;
    const counted = async () => {
      const call = this.#slowCalls.began(name);
      try {
        result = await work();
        if (era === this.#era) this.#slowCalls.answered(call, false);
      } catch (error) {
        if (era !== this.#era) throw new OfAnotherEra('', { cause: error });
        if (isFailure(error)) this.#slowCalls.failed(call);
        else this.#slowCalls.answered(call, error instanceof DatabaseOverloaded);
        throw error;
      }
    };
    try {
      await this.#circuit.fire(() => within(performance.now() + this.#options.timeoutMs, counted(), tooSlow));
      return result as Result;
    } catch (error) {
      if (error instanceof OfAnotherEra) throw error.cause;
      if (CircuitBreaker.isOurError(error as Error)) throw NOT_ASKED;
      throw error;
    }
  }

  open(): void {
    if (this.#held === undefined) this.#circuit.open();
  }

  close(): void {
    if (this.#held === undefined) this.#circuit.close();
  }

  /** Keeps it open, or closed, whatever happens, until it is released by `undefined`. A released one stays as it is. */
  hold(hold: Hold | undefined): void {
    this.#held = undefined;
    this.#circuit.enable();
    // Calls of a disabled circuit are in its window, their failures are not.
    this.#forgetWindow();
    if (hold?.state === 'open') this.#circuit.open();
    if (hold?.state === 'closed') {
      this.#circuit.close();
      // A disabled circuit lets everything pass and counts nothing.
      this.#circuit.disable();
    }
    this.#held = hold;
  }

  shutdown(): void {
    clearInterval(this.#looking);
    this.#circuit.shutdown();
  }

  /** Looks from time to time, because calls that hang do not end. */
  #lookForSlowness(): void {
    if (this.#held !== undefined || !this.#circuit.closed || !this.#slowCalls.mostAreSlow) return;
    this.#options.onEvent('slow');
    this.open();
  }

  #changed(event: 'open' | 'close'): void {
    this.#era += 1;
    this.#since = new Date();
    if (event === 'close') this.#forgetWindow();
    this.#options.onEvent(event);
  }

  /** opossum keeps its window over a closing, so that one failure would open again, and over a hold: start clean. */
  #forgetWindow(): void {
    this.#slowCalls.forget();
    for (const bucket of this.#circuit.status.window) {
      Object.assign(bucket, { fires: 0, failures: 0, successes: 0, timeouts: 0, rejects: 0, latencyTimes: [] });
    }
  }
}

/** Carries the failure of a call that began before the last opening or closing past opossum's count. */
class OfAnotherEra extends Error {}

function isFailure(error: unknown): boolean {
  return error instanceof DatabaseUnavailable && !isSlow(error) && error.reason !== 'read-only';
}

/** PostgreSQL ended the statement for its time limit, or the caller had no more time: too slow, but no failure. */
function isSlow({ reason }: DatabaseUnavailable): boolean {
  return reason === 'statement-timeout' || reason === 'deadline';
}
