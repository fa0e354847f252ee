/** Checks in a row, each one line of output; what fails says why and the rest goes on. */
export class Checks {
  #passed = 0;
  #failed = 0;
  readonly #stop: AbortSignal;

  constructor(stop: AbortSignal) {
    this.#stop = stop;
  }

  async check(name: string, holds: () => Promise<void> | void): Promise<void> {
    this.#stop.throwIfAborted();
    try {
      await holds();
      this.#passed += 1;
      console.log(`ok ${this.#number} - ${name}`);
    } catch (error) {
      this.#stop.throwIfAborted();
      this.fail(name, error);
    }
  }

  fail(name: string, error: unknown): void {
    this.#failed += 1;
    console.log(`not ok ${this.#number} - ${name}`);
    const text = error instanceof Error ? error.message : String(error);
    console.log(text.replace(/^/gm, '  '));
  }

  /** Prints the sums and returns the exit code. */
  finish(): number {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }

  get #number(): number {
    return this.#passed + this.#failed;
  }
}
