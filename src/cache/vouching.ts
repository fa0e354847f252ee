import type { RedisTier } from './redis-tier.ts';

/**
 * Finds a position for generations that have none. Every write that a generation announced was committed before the
 * generation was made; a position asked for after the generation was read is therefore behind all of them.
 */
export class Vouching {
  readonly #redis: RedisTier;
  readonly #currentPosition: (() => Promise<number | undefined>) | undefined;
  /** One at a time for each family. */
  readonly #underWay = new Set<string>();

  /** Without `currentPosition` nothing is vouched for. */
  constructor(redis: RedisTier, currentPosition: (() => Promise<number | undefined>) | undefined) {
    this.#redis = redis;
    this.#currentPosition = currentPosition;
  }

  /** Call when the generation has been read. Nobody waits for it; after a failure the next reader tries again. */
  begin(family: string, generation: number): void {
    if (this.#currentPosition === undefined || this.#underWay.has(family)) return;
    this.#underWay.add(family);
    this.#vouch(family, generation, this.#currentPosition)
      .catch(() => {})
      .finally(() => this.#underWay.delete(family));
  }

  async #vouch(
    family: string,
    generation: number,
    currentPosition: () => Promise<number | undefined>,
  ): Promise<void> {
    const position = await currentPosition();
    if (position !== undefined) await this.#redis.vouch(family, generation, position);
  }
}
