/** What became of a load ahead of time: it was done, another instance had done it already, or it failed. */
export type RevalidationResult = 'loaded' | 'found' | 'failed';

const AT_ONCE = 4;
const PAUSE_AFTER_FAILURE_MS = 1000;

/**
 * Loads ahead of time, in the background (stale-while-revalidate, RFC 5861): a few at once, and none for a moment after
 * one failed, so that they never crowd out what somebody waits for.
 */
export class Revalidation {
  readonly #onEnd: (result: RevalidationResult) => void;
  readonly #underWay = new Set<string>();
  #notBefore = 0;

  constructor(onEnd: (result: RevalidationResult) => void) {
    this.#onEnd = onEnd;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** Begins `load` unless there is a reason not to. Nobody waits for it. */
  begin(name: string, load: () => Promise<RevalidationResult>): void {
    if (this.#underWay.size >= AT_ONCE || this.#underWay.has(name) || Date.now() < this.#notBefore) return;
    this.#underWay.add(name);
    load()
      .catch(() => 'failed' as const)
      .then((result) => {
        this.#onEnd(result);
        this.#underWay.delete(name);
        if (result === 'failed') this.#notBefore = Date.now() + PAUSE_AFTER_FAILURE_MS;
      });
  }
}
