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
export class Flight<Answer = unknown> {
  readonly #epoch: number;
  #readers: (() => boolean)[];
  #answer: Promise<Answer> | undefined;
  /** Undefined until `began`. */
  #generation: number | undefined;
  #abandoned = false;

  constructor({ epoch, isGone }: Reader) {
    this.#epoch = epoch;
    this.#readers = [isGone];
  }

  /** `onEnd` is called before anybody goes on who waits for the answer. */
  start(load: (flight: Flight) => Promise<Answer>, onEnd: () => void): Promise<Answer> {
    const answer = load(this);
    this.#answer = answer;
    const end = () => {
      // Whatever still knows this flight must not keep the requests it was for: docs/decisions/0041.
      this.#readers = [];
      this.#answer = undefined;
      onEnd();
    };
    answer.then(end, end);
    return answer;
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

  /** The answer to come, where it is one for this reader, too. */
  join({ generation = 0, epoch, isGone }: Reader): Promise<Answer> | undefined {
    if (this.#answer === undefined || this.#abandoned || epoch !== this.#epoch) return undefined;
    if (this.#generation !== undefined && this.#generation !== generation) return undefined;
    this.#readers.push(isGone);
    return this.#answer;
  }
}

/**
 * Readers of one key share one load, as long as nothing has been outdated since it began. There are never more loads
 * under way than readers waiting for them and work in the background.
 */
export class SingleFlight<Answer> {
  readonly #underWay = new Map<string, Flight<Answer>>();

  get size(): number {
    return this.#underWay.size;
  }

  /** Joins the load of `key` that is under way, if it suits the reader, or begins one. */
  join(key: string, reader: Reader, load: (flight: Flight) => Promise<Answer>): Promise<Answer> {
    const joined = this.#underWay.get(key)?.join(reader);
    if (joined !== undefined) return joined;
    const flight = new Flight<Answer>(reader);
    this.#underWay.set(key, flight);
    return flight.start(load, () => {
      if (this.#underWay.get(key) === flight) this.#underWay.delete(key);
    });
  }
}
