const AT_ONCE = 4;
const PAUSE_AFTER_FAILURE_MS = 1000;

/**
 * Loads ahead of time, in the background (stale-while-revalidate, RFC 5861): a few at once, and none for a moment after
 * one failed, so that they never crowd out what somebody waits for.
 */
export class Revalidation {
  readonly #underWay = new Set<string>();
  #notBefore = 0;

  get underWay(): number {
    return this.#underWay.size;
  }

  /** Begins `load`, which tells whether it succeeded, unless there is a reason not to. Nobody waits for it. */
  begin(name: string, load: () => Promise<boolean>): void {
    if (this.#underWay.size >= AT_ONCE || this.#underWay.has(name) || Date.now() < this.#notBefore) return;
    this.#underWay.add(name);
    load()
      .catch(() => false)
      .then((succeeded) => {
        this.#underWay.delete(name);
        if (!succeeded) this.#notBefore = Date.now() + PAUSE_AFTER_FAILURE_MS;
      });
  }
}
