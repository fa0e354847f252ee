/**
 * The generations this process knows, and whether it may trust them: only while it hears every announcement.
 * Generations are times in microseconds that only ever rise, so that of two the greater is the newer.
 */
export class Generations {
  readonly #known = new Map<string, number>();
  /** What was known of a family when something lower was heard: nothing below it is believed until Redis was asked. */
  readonly #doubted = new Map<string, number>();
  readonly #doubts = new Map<string, number>();
  #trusted = false;
  #period = 0;

  /** Changes whenever everything that was known is given up. */
  get period(): number {
    return this.#period;
  }

  /** Changes whenever what was known of the family is given up; what was asked in another period is not learned. */
  periodOf(family: string): number {
    return this.#period + (this.#doubts.get(family) ?? 0);
  }

  of(family: string): number | undefined {
    return this.#trusted ? this.#known.get(family) : undefined;
  }

  /** A generation as it was read: a greater one that was heard of meanwhile stays. */
  learn(family: string, generation: number, period: number = this.periodOf(family)): void {
    if (!this.#trusted || period !== this.periodOf(family)) return;
    this.#doubted.delete(family);
    if (generation > (this.#known.get(family) ?? 0)) this.#known.set(family, generation);
  }

  /**
   * A generation as a write made it. One that is lower than what is known either comes late, or Redis lost its keys
   * and its clock went back. Which of the two has to be asked, so that nothing is known of the family any more.
   */
  hear(family: string, generation: number, period: number = this.periodOf(family)): void {
    const greatest = this.#known.get(family) ?? this.#doubted.get(family) ?? 0;
    if (generation >= greatest) this.learn(family, generation, period);
    else {
      this.#known.delete(family);
      this.#doubted.set(family, greatest);
      // Again, where it was in doubt already: what was asked for before this is not learned.
      this.#doubts.set(family, (this.#doubts.get(family) ?? 0) + 1);
    }
  }

  /** Something may lie unheard: everything has to be asked for, and nothing below what was known is believed until then. */
  doubt(): void {
    for (const [family, generation] of this.#known) this.#doubted.set(family, generation);
    this.#known.clear();
    this.#period += 1;
  }

  /** From here on every announcement is heard. Nothing is known yet. */
  trust(): void {
    this.#giveUp();
    this.#trusted = true;
  }

  distrust(): void {
    this.#giveUp();
    this.#trusted = false;
  }

  #giveUp(): void {
    this.#known.clear();
    this.#doubted.clear();
    this.#period += 1;
  }
}
