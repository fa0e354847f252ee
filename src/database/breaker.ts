import CircuitBreaker from 'opossum';
import { DatabaseUnavailable, refusal } from './errors.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';
export type BreakerEvent = 'success' | 'failure' | 'timeout' | 'reject' | 'open' | 'half-open' | 'close';

type Work = () => Promise<unknown>;

const WINDOW_MS = 10_000;
const WINDOW_BUCKETS = 10;
const LEAST_CALLS = 10;
const FAILURE_PERCENTAGE = 50;
// The supervisor closes the breaker; opossum's own half-open is only a way out if it ever could not.
const BACKSTOP_MS = 60_000;

/**
 * opossum's circuit breaker as a database needs it: it holds the state and the window, the supervisor owns
 * recovery. Only DatabaseUnavailable counts as a failure.
 */
export class Breaker {
  readonly #circuit: CircuitBreaker<[Work], unknown>;
  readonly #onEvent: (event: BreakerEvent) => void;
  #since = new Date();
  #wasClosed = true;

  constructor(timeoutMs: number, onEvent: (event: BreakerEvent) => void) {
    this.#onEvent = onEvent;
    this.#circuit = new CircuitBreaker((work: Work) => work(), {
      name: 'postgresql',
      timeout: timeoutMs,
      resetTimeout: BACKSTOP_MS,
      rollingCountTimeout: WINDOW_MS,
      rollingCountBuckets: WINDOW_BUCKETS,
      volumeThreshold: LEAST_CALLS,
      errorThresholdPercentage: FAILURE_PERCENTAGE,
      // With percentiles on, each failure sorts every latency of the window.
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      errorFilter: (error: unknown) => !(error instanceof DatabaseUnavailable) && !isTimeout(error),
    });
    this.#circuit.on('close', () => this.#forgetWindow());
    for (const event of ['success', 'failure', 'timeout'] as const) {
      this.#circuit.on(event as 'close', () => onEvent(event));
    }
    for (const [event, name] of [
      ['open', 'open'],
      ['halfOpen', 'half-open'],
      ['close', 'close'],
    ] as const) {
      this.#circuit.on(event as 'close', () => {
        // An outage lasts from the first opening on, also while opossum's backstop tries a call in between.
        const isClosed = name === 'close';
        if (isClosed !== this.#wasClosed) this.#since = new Date();
        this.#wasClosed = isClosed;
        onEvent(name);
      });
    }
  }

  get state(): BreakerState {
    if (this.#circuit.closed) return 'closed';
    return this.#circuit.halfOpen ? 'half-open' : 'open';
  }

  /** Since when it is closed, or has not been. */
  get since(): Date {
    return this.#since;
  }

  /** Calls of the last ten seconds, for health. */
  get window(): { calls: number; failures: number } {
    const { fires, failures } = this.#circuit.stats;
    return { calls: fires, failures };
  }

  /** @throws {DatabaseUnavailable} when the breaker is open */
  refuseIfOpen(): void {
    if (!this.#circuit.opened) return;
    this.#onEvent('reject');
    throw refusal(() => new DatabaseUnavailable('open'));
  }

  /**
   * Runs `work` unless the breaker is open.
   * @throws {DatabaseUnavailable} at once when open, or when `work` outlives the breaker's time limit
   */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.refuseIfOpen();
    try {
      let result: Result | undefined;
      await this.#circuit.fire(async () => {
        result = await work();
      });
      return result as Result;
    } catch (error) {
      if (isTimeout(error)) throw new DatabaseUnavailable('timeout', error);
      if (CircuitBreaker.isOurError(error as Error)) throw refusal(() => new DatabaseUnavailable('open'));
      throw error;
    }
  }

  open(): void {
    this.#circuit.open();
  }

  close(): void {
    this.#circuit.close();
  }

  shutdown(): void {
    this.#circuit.shutdown();
  }

  /** opossum keeps its window over a closing, so that one failure would open again: start clean. */
  #forgetWindow(): void {
    for (const bucket of this.#circuit.status.window) {
      Object.assign(bucket, { fires: 0, failures: 0, successes: 0, timeouts: 0, rejects: 0, latencyTimes: [] });
    }
  }
}

function isTimeout(error: unknown): boolean {
  return (
    error instanceof Error && CircuitBreaker.isOurError(error) && 'code' in error && error.code === 'ETIMEDOUT'
  );
}
