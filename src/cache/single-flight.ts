/** Who wants something of the cache, and what must not be older for it to be an answer. */
export type Reader = {
  /** The family's generation as far as the reader knows. */
  readonly generation: number | undefined;
  /** Readers of different epochs share nothing. */
  readonly epoch: number;
  /** True once nobody waits for this reader's answer any more. */
  readonly isGone: () => boolean;
};

/** One load, and whoever waits for it. */
export class Flight {
  readonly #epoch: number;
  readonly #readers: (() => boolean)[] = [];
  /** Undefined until `began`. */
  #generation: number | undefined;
  #abandoned = false;

  constructor(epoch: number) {
    this.#epoch = epoch;
  }

  /** The load begins now, and will contain what the family's generation of now stands for; 0 if it is not known. */
  began(generation: number): void {
    this.#generation = generation;
  }

  /** True as long as one of the readers is still there. Once it was false, nobody joins any more. */
  readonly isWanted = (): boolean => {
    this.#abandoned ||= this.#readers.every((isGone) => isGone());
    return !this.#abandoned;
  };

  suits({ generation = 0, epoch }: Reader): boolean {
    if (this.#abandoned || epoch !== this.#epoch) return false;
    return this.#generation === undefined || this.#generation === generation;
  }

  join({ isGone }: Reader): void {
    this.#readers.push(isGone);
  }
}

/**
 * Readers of one key share one load, as long as nothing has been outdated since it began. There are never more loads
 * under way than readers waiting for them and work in the background.
 */
export class SingleFlight<Answer> {
  readonly #underWay = new Map<string, { readonly flight: Flight; readonly answer: Promise<Answer> }>();

  get size(): number {
    return this.#underWay.size;
  }

  /** Joins the load of `key` that is under way, if it suits the reader, or begins one. */
  join(key: string, reader: Reader, load: (flight: Flight) => Promise<Answer>): Promise<Answer> {
    const underWay = this.#underWay.get(key);
    if (underWay?.flight.suits(reader)) {
      underWay.flight.join(reader);
      return underWay.answer;
    }
    const flight = new Flight(reader.epoch);
    flight.join(reader);
    const answer = load(flight).finally(() => {
      if (this.#underWay.get(key)?.flight === flight) this.#underWay.delete(key);
    });
    this.#underWay.set(key, { flight, answer });
    return answer;
  }
}
