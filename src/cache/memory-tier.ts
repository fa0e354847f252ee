import { LRUCache } from 'lru-cache';
import type { CacheEntry } from './entry.ts';

// What entries were seen to take in Node 24: the bound is one of memory, not of what is kept in it. Readers keep packed
// forms of the body beside it, for as long as it is here, and what they found in it (blog/packed-bodies.ts and
// blog/shared-body.ts).
const BYTES_OF_AN_ENTRY = 512;
const BYTES_OF_A_BODY = 768;
const BYTES_FOR_EACH_OF_A_BODY = 1.9;

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
      sizeCalculation: ({ body }, key) => BYTES_OF_AN_ENTRY + key.length + bytesFor(body),
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

function bytesFor(body: Buffer | null): number {
  return body === null ? 0 : BYTES_OF_A_BODY + Math.ceil(BYTES_FOR_EACH_OF_A_BODY * body.length);
}
