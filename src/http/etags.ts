import { CONTENT_CODINGS, type ContentCoding } from './content-coding.ts';

/** The ETag of the same version in that coding: other bytes have another strong tag (RFC 9110, section 8.8.3.3). */
export function codedEtag(etag: string, coding: ContentCoding): string {
  return `${etag.slice(0, -1)}-${coding}"`;
}

/**
 * The first tag of an If-None-Match or If-Match that stands for this version, in whichever coding the client has it; of
 * `*` the tag itself. The former compares weakly, the latter strongly: a weak tag never matches there (RFC 9110, 13.1).
 */
export function matchingEtag(
  header: string | undefined,
  etag: string,
  comparison: 'weak' | 'strong',
): string | undefined {
  if (header === undefined) return undefined;
  const versions = [etag, ...CONTENT_CODINGS.map((coding) => codedEtag(etag, coding))];
  for (const candidate of header.split(',')) {
    const tag = comparison === 'weak' ? candidate.trim().replace(/^W\//, '') : candidate.trim();
    if (tag === '*') return etag;
    if (versions.includes(tag)) return tag;
  }
  return undefined;
}
