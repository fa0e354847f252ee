import { LRUCache } from 'lru-cache';

/** How the bytes of an answer may be packed (RFC 9110, section 8.4.1), the best first. */
export const CONTENT_CODINGS = ['br', 'gzip'] as const;
export type ContentCoding = (typeof CONTENT_CODINGS)[number];

const REMEMBERED_HEADERS = 100;
const LONGEST_REMEMBERED = 200;
const NONE: readonly ContentCoding[] = [];

const remembered = new LRUCache<string, readonly ContentCoding[]>({ max: REMEMBERED_HEADERS });

/**
 * The codings that a client likes at least as much as bytes as they are, by its Accept-Encoding, what it likes best first.
 * `*` stands for those that are not named (RFC 9110, section 12.5.3).
 */
export function codingsFor(acceptEncoding: string | undefined): readonly ContentCoding[] {
  if (acceptEncoding === undefined) return NONE;
  const known = remembered.get(acceptEncoding);
  if (known !== undefined) return known;
  const codings = read(acceptEncoding);
  if (acceptEncoding.length <= LONGEST_REMEMBERED) remembered.set(acceptEncoding, codings);
  return codings;
}

function read(acceptEncoding: string): readonly ContentCoding[] {
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    if (coding !== '') weights.set(coding, Number(weight) || 0);
  }
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get('*') ?? 0;
  const plainWeight = weights.get('identity') ?? 0;
  return CONTENT_CODINGS.filter((coding) => weightOf(coding) > 0 && weightOf(coding) >= plainWeight).toSorted(
    (one, other) => weightOf(other) - weightOf(one),
  );
}
