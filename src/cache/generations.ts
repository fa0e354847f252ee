/**
 * The generations this process knows, and whether it may trust them: only while it hears every announcement.
 * Generations are times in microseconds that only ever rise, so that of two the greater is the newer.
 */
export class Generations {
  readonly #known = new Map<string, number>();
  #trusted = false;
  #period = 0;

  /** Changes whenever what was known is given up; what was asked in another period is not learned. */
  get period(): number {
    return this.#period;
  }

  of(family: string): number | undefined {
    return this.#trusted ? this.#known.get(family) : undefined;
  }

  /** A generation as it was read: a greater one that was heard of meanwhile stays. */
  learn(family: string, generation: number, period: number = this.#period): void {
    if (!this.#trusted || period !== this.#period) return;
    if (generation > (this.#known.get(family) ?? 0)) this.#known.set(family, generation);
  }

  /**
   * A generation as a write made it. One that is lower than what is known either comes late, or Redis lost its keys
   * and its clock went back. Which of the two has to be asked, so that nothing is known any more.
   */
  hear(family: string, generation: number, period: number = this.#period): void {
    if (generation < (this.of(family) ?? 0)) this.trust();
    else this.learn(family, generation, period);
  }

  /** From here on every announcement is heard. Nothing is known yet. */
  trust(): void {
    this.#known.clear();
    this.#period += 1;
    this.#trusted = true;
  }

  distrust(): void {
    this.#known.clear();
    this.#period += 1;
    this.#trusted = false;
  }
}
