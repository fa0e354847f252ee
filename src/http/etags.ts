import type { ContentCoding } from './content-coding.ts';

/** The ETag of the same version in that coding: other bytes have another strong tag (RFC 9110, section 8.8.3.3). */
export function codedEtag(etag: string, coding: ContentCoding): string {
  return `${etag.slice(0, -1)}-${coding}"`;
}

/**
 * The first of `etags` that an If-None-Match or If-Match names; of `*` the first. The former compares weakly, the latter
 * strongly: a weak tag never matches there (RFC 9110, section 13.1).
 */
export function matchingEtag(
  header: string | undefined,
  etags: readonly string[],
  comparison: 'weak' | 'strong',
): string | undefined {
  if (header === undefined) return undefined;
  const named = header
    .split(',')
    .map((tag) => (comparison === 'weak' ? tag.trim().replace(/^W\//, '') : tag.trim()));
  return named.includes('*') ? etags[0] : etags.find((etag) => named.includes(etag));
}
