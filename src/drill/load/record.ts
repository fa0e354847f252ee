/** Reads of what was read before the fault, reads of what nobody read before, and writes. */
export type RouteKind = 'seen' | 'unseen' | 'write';

/**
 * How a request ended for whoever sent it: answered from PostgreSQL or a cache that is current, answered by an older
 * answer marked so, refused with 503, told with 503 that the outcome is not known, failed in any other way, or without
 * any answer until the limit.
 */
export type Outcome = 'answered' | 'stale' | 'refused' | 'unknown' | 'failed' | 'hung';

export const OUTCOMES: readonly Outcome[] = ['answered', 'stale', 'refused', 'unknown', 'failed', 'hung'];

/** One request, as whoever sent it saw it. Moments are in milliseconds since the epoch. */
export type RequestRecord = {
  readonly route: string;
  readonly kind: RouteKind;
  /** When it was due, whatever the machine had to do then. */
  readonly at: number;
  /** From when it was due until its answer was there, in milliseconds. */
  readonly ms: number;
  readonly outcome: Outcome;
  /** The answer's status, or what the connection failed with. */
  readonly said: string;
  /** Which of the servers answered or failed last. */
  readonly instance: number;
};

export type BreakerState = 'closed' | 'open';

/** What a server said about itself at one moment; `silent` when it said nothing. */
export type Sighting = {
  readonly at: number;
  readonly instance: number;
  readonly health: 'healthy' | 'degraded' | 'critical' | 'silent';
  readonly message: string;
  readonly breaker: BreakerState | undefined;
  readonly memoryBytes: number | undefined;
  /** Connections of the pool that are in use, and calls that wait for one. */
  readonly connectionsUsed: number | undefined;
  readonly waiting: number | undefined;
};
