import type { CacheAnswer } from '../cache/answer.ts';
import type { CacheEntry } from '../cache/entry.ts';
import type { CacheOutcome } from '../http/request-metrics.ts';

/** Without the database no answer can be checked any more: whatever is given then counts as stale, fresh or not. */
export function cacheOutcome({ source }: CacheAnswer, databaseAccepts: boolean): CacheOutcome {
  if (source === 'load') return 'miss';
  if (source === 'stale' || !databaseAccepts) return 'stale';
  return source;
}

/** How old the answer is, in seconds: RFC 9111, section 5.1. */
export function ageOf({ loadedAt }: CacheEntry): string {
  return `${Math.max(0, Math.floor((Date.now() - loadedAt) / 1000))}`;
}

/** Where the answer comes from, for whoever reads headers: RFC 9211. An expired answer has a negative ttl. */
export function cacheStatus({ entry, forwarded }: CacheAnswer, outcome: CacheOutcome): string {
  if (outcome === 'miss') return `Steadfast; fwd=${forwarded?.why ?? 'miss'}${forwarded?.stored ? '; stored' : ''}`;
  const ttl = Math.round((entry.freshUntil - Date.now()) / 1000);
  return `Steadfast; hit; ttl=${ttl}; detail=${outcome === 'stale' ? 'stale-if-error' : outcome}`;
}
