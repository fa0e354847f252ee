import type { CacheEntry } from './entry.ts';

export type CacheKey = {
  readonly family: string;
  readonly name: string;
  /** True for answers of which there are endlessly many and that nobody misses: they are not kept for outages. */
  readonly isBrief?: (body: Buffer) => boolean;
};

export type CacheSource = 'memory' | 'redis' | 'load' | 'stale';

export type CacheAnswer = {
  readonly entry: CacheEntry;
  readonly source: CacheSource;
  /** For a load: why nothing kept could be used, and whether the answer is kept for others now. */
  readonly forwarded?: { readonly why: 'miss' | 'stale'; readonly stored: boolean };
};

/** What a load has to know, and what it may have to say. */
export type LoadContext = {
  /** What its source must at least contain; undefined: only the primary will do. */
  readonly position: number | undefined;
  /** False once everybody who waits for the answer has gone. */
  readonly wanted: () => boolean;
  /** To be called when no source contained that much: the answer will do for now, and is not kept as current. */
  readonly onBehind: () => void;
};

/** Reads a body from PostgreSQL, in memory of its own; null is a thing that does not exist. */
export type Load = (context: LoadContext) => Promise<Buffer | null>;
