import type { CacheAnswer } from '../cache/answer.ts';

/**
 * Where the answer comes from, for whoever reads headers: RFC 9211. An expired answer has a negative ttl. Without the
 * database no answer can be checked any more: whatever is given then is marked, fresh or not.
 */
export function cacheStatus({ entry, source, forwarded }: CacheAnswer, databaseAccepts: boolean): string {
  if (source === 'load') return `Steadfast; fwd=${forwarded?.why ?? 'miss'}${forwarded?.stored ? '; stored' : ''}`;
  const ttl = Math.round((entry.freshUntil - Date.now()) / 1000);
  const detail = source === 'stale' || !databaseAccepts ? 'stale-if-error' : source;
  return `Steadfast; hit; ttl=${ttl}; detail=${detail}`;
}
