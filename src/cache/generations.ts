/**
 * The generations this process knows, and whether it may trust them: only while it hears every announcement.
 * Generations are times in microseconds that only ever rise, so that of two the greater is the newer.
 */
export class Generations {
  readonly #known = new Map<string, number>();
  #trusted = false;
  #period = 0;

  /** Changes whenever trust is lost or won; what was asked in another period is not learned. */
  get period(): number {
    return this.#period;
  }

  of(family: string): number | undefined {
    return this.#trusted ? this.#known.get(family) : undefined;
  }

  learn(family: string, generation: number, period: number = this.#period): void {
    if (!this.#trusted || period !== this.#period) return;
    if (generation > (this.#known.get(family) ?? 0)) this.#known.set(family, generation);
  }

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
