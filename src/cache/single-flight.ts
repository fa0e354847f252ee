type Flight<Answer> = {
  readonly answer: Promise<Answer>;
  readonly writes: number;
  /** The family's generation, once it is known. */
  generation: number | undefined;
};

/** Readers of one key share one load, as long as nothing has been outdated since it began. */
export class SingleFlight<Answer> {
  readonly #flights = new Map<string, Flight<Answer>>();

  /**
   * Joins the load of `key` that is under way, or begins one. `generation` is the family's as far as the reader knows,
   * `writes` how many writes this process has announced; `load` tells the generation when it learns it.
   */
  join(
    key: string,
    generation: number | undefined,
    writes: number,
    load: (learn: (generation: number) => void) => Promise<Answer>,
  ): Promise<Answer> {
    const underWay = this.#flights.get(key);
    if (underWay !== undefined && underWay.writes === writes && mayBeSame(underWay.generation, generation)) {
      return underWay.answer;
    }
    const learn = (learned: number) => {
      flight.generation = learned;
    };
    const answer = load(learn).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    const flight: Flight<Answer> = { answer, writes, generation };
    this.#flights.set(key, flight);
    return answer;
  }
}

function mayBeSame(one: number | undefined, other: number | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}
