import { LRUCache } from 'lru-cache';
import type { CacheEntry } from './entry.ts';

const ENTRY_OVERHEAD_BYTES = 256;
/** Readers may keep one form of the body of their own beside it, for as long as it is here. */
const FORMS_OF_A_BODY = 2;

/** Tier 1: the process's own memory, bounded in bytes, least recently used goes first. */
export class MemoryTier {
  readonly #entries: LRUCache<string, CacheEntry> | undefined;
  /** How many entries had to go for want of room. */
  evictions = 0;

  /** `maxBytes` 0 turns the tier off. */
  constructor(maxBytes: number) {
    if (maxBytes === 0) return;
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ body }, key) =>
        FORMS_OF_A_BODY * (body?.length ?? 0) + 2 * key.length + ENTRY_OVERHEAD_BYTES,
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') this.evictions += 1;
      },
    });
  }

  get bytes(): number {
    return this.#entries?.calculatedSize ?? 0;
  }

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  clear(): void {
    this.#entries?.clear();
  }

  get(key: string): CacheEntry | undefined {
    return this.#entries?.get(key);
  }

  /** A slow load never replaces what was loaded after it began: in an outage that is the better answer. */
  keepNewest(key: string, entry: CacheEntry): void {
    const known = this.get(key);
    if (known === undefined || known.loadedAt <= entry.loadedAt) this.#entries?.set(key, entry);
  }
}
