/** What became of a load ahead of time: it was done, another instance had done it already, or it failed. */
export type RevalidationResult = 'loaded' | 'found' | 'failed';

export type RevalidationOptions = {
  onEnd(result: RevalidationResult): void;
  /** Is told what a load failed with: there is nobody else to tell. */
  onError(error: unknown): void;
};

const AT_ONCE = 4;
const PAUSE_AFTER_FAILURE_MS = 1000;

/**
 * Loads ahead of time, in the background (stale-while-revalidate, RFC 5861): a few at once, and none for a moment after
 * one failed, so that they never crowd out what somebody waits for.
 */
export class Revalidation {
  readonly #options: RevalidationOptions;
  readonly #underWay = new Set<string>();
  #notBefore = 0;

  constructor(options: RevalidationOptions) {
    this.#options = options;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** Begins `load` unless there is a reason not to. Nobody waits for it. */
  begin(name: string, load: () => Promise<RevalidationResult>): void {
    if (this.#underWay.size >= AT_ONCE || this.#underWay.has(name) || Date.now() < this.#notBefore) return;
    this.#underWay.add(name);
    load()
      .catch((error: unknown) => {
        this.#options.onError(error);
        return 'failed' as const;
      })
      .then((result) => {
        this.#options.onEnd(result);
        this.#underWay.delete(name);
        if (result === 'failed') this.#notBefore = Date.now() + PAUSE_AFTER_FAILURE_MS;
      });
  }
}
