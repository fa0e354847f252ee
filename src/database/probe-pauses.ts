/** An outage sooner than this after the last one goes on with its longer pauses. */
const STEADY_MS = 30_000;
const JITTER = 0.2;

/**
 * How long to wait before a database that is down is asked again, doubling while nobody answers, and for how long its good
 * answers do not count. In milliseconds.
 */
export class ProbePauses {
  readonly #minMs: number;
  readonly #maxMs: number;
  #pauseMs: number;
  #distrustMs: number;
  #distrustedUntil = 0;
  #outageEndedAt = 0;

  constructor({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#pauseMs = minMs;
    this.#distrustMs = minMs;
  }

  /** The pause before the next probe; the one after it is longer. */
  next(): number {
    const pause = withJitter(this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#maxMs);
    return pause;
  }

  /** The next pause is the shortest again. */
  shorten(): void {
    this.#pauseMs = this.#minMs;
  }

  /** A new outage begins with the shortest pause, one that follows closely upon the last goes on with its own. */
  outageBegins(): void {
    if (this.#isSteady) this.shorten();
  }

  outageEnded(): void {
    this.#outageEndedAt = Date.now();
  }

  /** For a while good probes do not count: they would bring it back at once, however often its statements fail. */
  distrust(): void {
    this.#distrustMs = this.#isSteady ? this.#minMs : Math.min(this.#distrustMs * 2, this.#maxMs);
    this.#distrustedUntil = performance.now() + withJitter(this.#distrustMs);
  }

  get distrusted(): boolean {
    return performance.now() < this.#distrustedUntil;
  }

  get #isSteady(): boolean {
    return Date.now() - this.#outageEndedAt > STEADY_MS;
  }
}

function withJitter(ms: number): number {
  return ms * (1 + JITTER * (2 * Math.random() - 1));
}
