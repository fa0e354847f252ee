import { LRUCache } from 'lru-cache';
import type { Found } from './redis-tier.ts';

const REMEMBERED_MS = 1000;
const MAX_BYTES = 1024 * 1024;
const BYTES_OF_A_LOOKUP = 200;

type Lookup = Pick<Found, 'generation'> & { readonly foundOlder: boolean };

/**
 * What Redis was asked for within the last second and had nothing current of: while nothing can be loaded, a flood of
 * requests for it need not ask again. Forgotten as soon as somebody announces a change.
 */
export class VainLookups {
  readonly #lookups = new LRUCache<string, Lookup>({
    ttl: REMEMBERED_MS,
    maxSize: MAX_BYTES,
    sizeCalculation: (_lookup, name) => BYTES_OF_A_LOOKUP + name.length,
  });

  note(name: string, { generation, entry }: Found): void {
    this.#lookups.set(name, { generation, foundOlder: entry !== undefined });
  }

  /** True when Redis would say what it said before. What was older there must be in memory still to be done without. */
  has(name: string, generation: number | undefined, isInMemory: boolean): boolean {
    const lookup = this.#lookups.get(name);
    return lookup !== undefined && lookup.generation === generation && (isInMemory || !lookup.foundOlder);
  }
}
