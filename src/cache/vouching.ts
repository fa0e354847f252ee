import type { RedisTier } from './redis-tier.ts';

const PAUSE_AFTER_FAILURE_MS = 1000;

/**
 * Finds a position for generations that have none, of all families at once: what was never read has to be known too when
 * only replicas are left. Every write that a generation announced was committed before the generation was made; a
 * position asked for after the generation was read is therefore behind all of them.
 */
export class Vouching {
  readonly #redis: RedisTier;
  readonly #families: readonly string[];
  readonly #currentPosition: (() => Promise<number | undefined>) | undefined;
  #isUnderWay = false;
  #notBefore = 0;

  /** Without `currentPosition` nothing is vouched for. */
  constructor(
    redis: RedisTier,
    families: readonly string[],
    currentPosition: (() => Promise<number | undefined>) | undefined,
  ) {
    this.#redis = redis;
    this.#families = families;
    this.#currentPosition = currentPosition;
  }

  /** Call when a generation without a position was read. Nobody waits for it; after a failure it is not tried at once. */
  begin(): void {
    if (this.#currentPosition === undefined || this.#isUnderWay || performance.now() < this.#notBefore) return;
    this.#isUnderWay = true;
    this.#vouch(this.#currentPosition)
      .catch(() => false)
      .then((isDone) => {
        this.#isUnderWay = false;
        if (!isDone) this.#notBefore = performance.now() + PAUSE_AFTER_FAILURE_MS;
      });
  }

  async #vouch(currentPosition: () => Promise<number | undefined>): Promise<boolean> {
    const stamps = await Promise.all(
      this.#families.map(async (family) => ({ family, ...(await this.#redis.generationOf(family)) })),
    );
    const position = await currentPosition();
    if (position === undefined) return false;
    const unknown = stamps.filter((stamp) => stamp.position === undefined);
    await Promise.all(unknown.map(({ family, generation }) => this.#redis.vouch(family, generation, position)));
    return true;
  }
}
