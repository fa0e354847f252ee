const KEPT_MS = 60_000;

type Sample = { readonly at: number; readonly position: number };

/** Remembers when the primary had come how far, to say how old the data of a replica is that has come less far. */
export class PrimaryProgress {
  #samples: Sample[] = [];
  #timeline: number | undefined;

  /** The primary's as last seen: positions of another one say nothing beside its own. Undefined before that. */
  get timeline(): number | undefined {
    return this.#timeline;
  }

  record({ position, timeline }: { readonly position: number; readonly timeline: number }): void {
    const at = performance.now();
    const latest = this.#samples.at(-1);
    // One that was promoted may lack the rest: nobody will ever have that, and nobody is late for it.
    const isAnother = timeline !== this.#timeline || (latest !== undefined && position < latest.position);
    this.#timeline = timeline;
    this.#samples = isAnother ? [] : this.#samples.filter((sample) => at - sample.at < KEPT_MS);
    this.#samples.push({ at, position });
  }

  /**
   * How long before the primary was last seen it went past this position; 0 for one who has everything. That an idle
   * primary writes nothing makes nobody late.
   */
  lagMs(position: number): number {
    const latest = this.#samples.at(-1);
    const missing = this.#samples.find((sample) => sample.position > position);
    return latest === undefined || missing === undefined ? 0 : Math.max(1, latest.at - missing.at);
  }
}
