import type { Lookups, Tier } from '../../cache/lookups.ts';

type Hits = { readonly lookups: number; readonly hits: number };

const WINDOW_SECONDS = 60;

/** How many look-ups each tier of the cache had in the last minute, and how many it answered. */
export class TierHits {
  /** What there was at the end of each second, the latest last. */
  readonly #seconds: Record<Tier, Hits>[] = [{ memory: { lookups: 0, hits: 0 }, redis: { lookups: 0, hits: 0 } }];

  endSecond({ memory, redis }: Lookups): void {
    this.#seconds.push({ memory: hitsOf(memory), redis: hitsOf(redis) });
    if (this.#seconds.length > WINDOW_SECONDS + 1) this.#seconds.shift();
  }

  of(tier: Tier): Hits {
    const [first, last] = [this.#seconds[0]?.[tier], this.#seconds.at(-1)?.[tier]];
    if (first === undefined || last === undefined) return { lookups: 0, hits: 0 };
    return { lookups: last.lookups - first.lookups, hits: last.hits - first.hits };
  }
}

function hitsOf({ hit, miss, stale }: Lookups['memory']): Hits {
  return { lookups: hit + miss + stale, hits: hit };
}
