const TURN_MS = 25;
/** Less than the others wait until this process has dealt with their news. */
const STANDSTILL_MS = 75;

/**
 * Notices that this process stood still: those who told it something meanwhile wait for it no longer, and what they said
 * may lie unread in its pipes.
 */
export class Standstill {
  readonly #onNoticed: () => void;
  readonly #timer: NodeJS.Timeout;
  #lastTurn = performance.now();
  #isCatchingUp = false;

  constructor(onNoticed: () => void) {
    this.#onNoticed = onNoticed;
    this.#timer = setInterval(() => this.#look(), TURN_MS).unref();
  }

  /** From a standstill on until what lay in the pipes has been read. */
  get isCatchingUp(): boolean {
    if (!this.#isCatchingUp) this.#look();
    return this.#isCatchingUp;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const stoodStill = now - this.#lastTurn > STANDSTILL_MS;
    this.#lastTurn = now;
    if (!stoodStill) return;
    this.#isCatchingUp = true;
    this.#onNoticed();
    // The first may come before the pipes are read.
    setImmediate(() =>
      setImmediate(() => {
        this.#isCatchingUp = false;
      }),
    );
  }
}
