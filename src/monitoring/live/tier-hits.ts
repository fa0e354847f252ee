import type { CacheObserver } from '../../cache/cache.ts';

type Tier = 'memory' | 'redis';
type Lookups = { lookups: number; hits: number };

const WINDOW_SECONDS = 60;

/** How many look-ups each tier of the cache had in the last minute, and how many it answered. */
export class TierHits {
  #now = nothing();
  readonly #seconds: Record<Tier, Lookups>[] = [];

  readonly cache: Pick<CacheObserver, 'request'> = {
    request: (tier, result) => {
      if (result === 'bypass' || result === 'skipped') return;
      this.#now[tier].lookups += 1;
      if (result === 'hit') this.#now[tier].hits += 1;
    },
  };

  endSecond(): void {
    this.#seconds.push(this.#now);
    if (this.#seconds.length > WINDOW_SECONDS) this.#seconds.shift();
    this.#now = nothing();
  }

  of(tier: Tier): Readonly<Lookups> {
    const sum = { lookups: 0, hits: 0 };
    for (const second of this.#seconds) {
      sum.lookups += second[tier].lookups;
      sum.hits += second[tier].hits;
    }
    return sum;
  }
}

function nothing(): Record<Tier, Lookups> {
  return { memory: { lookups: 0, hits: 0 }, redis: { lookups: 0, hits: 0 } };
}
