import type { CacheEntry } from './entry.ts';

export type CacheKey = {
  readonly family: string;
  readonly name: string;
  /** True for answers of which there are endlessly many and that nobody misses: they are not kept for outages. */
  readonly isBrief?: (text: string) => boolean;
};

export type CacheSource = 'memory' | 'redis' | 'load' | 'stale';

export type CacheAnswer = {
  readonly entry: CacheEntry;
  readonly source: CacheSource;
  /** For a load: why nothing kept could be used, and whether the answer is kept for others now. */
  readonly forwarded?: { readonly why: 'miss' | 'stale'; readonly stored: boolean };
};

/**
 * What a load has to know. `position` is what its source must at least contain; undefined: only the primary will do.
 * `wanted` is false once everybody who waits for the answer has gone.
 */
export type LoadContext = { readonly position: number | undefined; readonly wanted: () => boolean };

/** Reads from PostgreSQL; null is a thing that does not exist. */
export type Load = (context: LoadContext) => Promise<string | null>;
