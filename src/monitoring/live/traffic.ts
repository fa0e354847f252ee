import { createHistogram } from 'node:perf_hooks';
import { BREAKER_STATES, type BreakerState } from '../../database/breaker.ts';
import type { RequestObserver } from '../../http/request-metrics.ts';

/**
 * What was seen in one second: when it ended (Unix time in seconds); requests answered, answered with something stale,
 * refused for a mistake of the client's (4xx), refused for now (503), failed (other 5xx); the 50th, 95th and 99th
 * percentile of their durations in milliseconds, null without requests; and the breaker, as an index of BREAKER_STATES.
 */
export type Second = readonly [
  ...[endedAt: number, answered: number, stale: number, clientErrors: number, refused: number, failed: number],
  ...[p50: number | null, p95: number | null, p99: number | null, breaker: number],
];

const KEPT_SECONDS = 600;

/** Routes for people on call and their machines; what the others are answered is what readers and writers notice. */
const ROUTINE = /^\/(?:$|health|livez|readyz|metrics|status|docs|api\/monitoring)/;

/** The requests of the last ten minutes, second by second. */
export class Traffic {
  readonly #durations = createHistogram();
  readonly #seconds: Second[] = [];
  #counts = noRequests();

  readonly requests: RequestObserver = {
    series: (_method, route, status, cache) => {
      if (ROUTINE.test(route)) return () => {};
      const outcome = outcomeOf(status, cache === 'stale');
      return (seconds) => {
        this.#counts[outcome] += 1;
        this.#durations.record(Math.max(1, Math.round(seconds * 1e6)));
      };
    },
  };

  get seconds(): readonly Second[] {
    return this.#seconds;
  }

  /** The second that ends now is over. */
  endSecond(now: number, breaker: BreakerState): Second {
    const { answered, stale, clientErrors, refused, failed } = this.#counts;
    const percentile = (percentage: number) =>
      this.#durations.count === 0 ? null : Math.round(this.#durations.percentile(percentage) / 10) / 100;
    const second: Second = [
      ...([Math.round(now / 1000), answered, stale, clientErrors, refused, failed] as const),
      ...([percentile(50), percentile(95), percentile(99), BREAKER_STATES.indexOf(breaker)] as const),
    ];
    this.#seconds.push(second);
    if (this.#seconds.length > KEPT_SECONDS) this.#seconds.shift();
    this.#counts = noRequests();
    this.#durations.reset();
    return second;
  }
}

function noRequests() {
  return { answered: 0, stale: 0, clientErrors: 0, refused: 0, failed: 0 };
}

function outcomeOf(status: number, stale: boolean): keyof ReturnType<typeof noRequests> {
  if (status === 503) return 'refused';
  if (status >= 500) return 'failed';
  if (status >= 400) return 'clientErrors';
  return stale ? 'stale' : 'answered';
}
