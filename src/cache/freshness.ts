import { type CacheEntry, etagOf } from './entry.ts';

const MISSING_FRESH_MS = 2000;
const FRESH_JITTER = 0.1;
/** The part of its fresh time after which an entry is loaded anew in the background. */
const REVALIDATE_AFTER = 0.7;

/** An entry of what was loaded, fresh for about `freshMs` from when the load began. */
export function newEntry(
  body: Buffer | null,
  { loadedAt, generation, freshMs }: { loadedAt: number; generation: number; freshMs: number },
): CacheEntry {
  const atMostMs = body === null ? Math.min(MISSING_FRESH_MS, freshMs) : freshMs;
  // Jitter, so that what was loaded together does not expire together.
  const lastingMs = atMostMs * (1 - FRESH_JITTER * Math.random());
  return {
    generation,
    loadedAt,
    revalidateAt: loadedAt + Math.round(lastingMs * REVALIDATE_AFTER),
    freshUntil: loadedAt + Math.round(lastingMs),
    etag: body === null ? '"-"' : etagOf(body),
    body,
  };
}

export function isCurrent(entry: CacheEntry, generation: number): boolean {
  return entry.generation === generation && Date.now() < entry.freshUntil;
}

export function isDue({ revalidateAt }: CacheEntry): boolean {
  return Date.now() >= revalidateAt;
}

/** The entry as it is for those who did not load it: whoever did loads it anew first, they only if that fails to come. */
export function dueLater(entry: CacheEntry): CacheEntry {
  const spreadMs = (entry.freshUntil - entry.revalidateAt) / 2;
  return { ...entry, revalidateAt: entry.revalidateAt + Math.round(spreadMs * Math.random()) };
}

export function newest(one: CacheEntry | undefined, other: CacheEntry | undefined): CacheEntry | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.loadedAt >= other.loadedAt ? one : other;
}
