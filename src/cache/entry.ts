import { hash } from 'node:crypto';

/** What the cache keeps for a key. `body` is null for a thing that does not exist. */
export type CacheEntry = {
  /** The family's generation as it was BEFORE the load began; 0 when it was not known. */
  readonly generation: number;
  /** When the load began, in milliseconds since 1970. */
  readonly loadedAt: number;
  /** From here on it is still served, and loaded anew in the background. */
  readonly revalidateAt: number;
  /** From here on it is served only when it cannot be loaded anew. */
  readonly freshUntil: number;
  readonly etag: string;
  readonly body: Buffer | null;
};

const HEADER = /^2 ([\w-]{27}) (\d+) (\d+) (\d+) (\d+) (-?\d+) ("[\w-]+")\n/;
const LONGEST_HEADER_BYTES = 200;

/** A strong ETag (RFC 9110, section 8.8.3) of the bytes. */
export function etagOf(body: Buffer): string {
  return `"${hash('sha1', body, 'base64url')}"`;
}

/** One line of header that also says which key it is for, then the bytes as they are. */
export function encodeEntry(key: string, entry: CacheEntry): Buffer {
  const { generation, loadedAt, revalidateAt, freshUntil, etag, body } = entry;
  const fields = [generation, loadedAt, revalidateAt, freshUntil, body?.length ?? -1, etag];
  const header = Buffer.from(`2 ${digestOf(key)} ${fields.join(' ')}\n`);
  return body === null ? header : Buffer.concat([header, body]);
}

/** The entry, or undefined for anything that `encodeEntry` did not write for this key, or not wholly. */
export function decodeEntry(key: string, bytes: Buffer): CacheEntry | undefined {
  const found = HEADER.exec(bytes.subarray(0, LONGEST_HEADER_BYTES).toString('latin1'));
  if (found === null) return undefined;
  const [header, digest, generation, loadedAt, revalidateAt, freshUntil, length, etag = ''] = found;
  const body = bytes.subarray(header.length);
  if (digest !== digestOf(key) || body.length !== Math.max(Number(length), 0)) return undefined;
  return {
    generation: Number(generation),
    loadedAt: Number(loadedAt),
    revalidateAt: Number(revalidateAt),
    freshUntil: Number(freshUntil),
    etag,
    body: length === '-1' ? null : ownBytes(body),
  };
}

/**
 * Bytes that keep nothing else in memory. What came from Redis is a view of all that was received with it, and what
 * `Buffer.from` makes of a short text is a view of its pool: either is 64 kB, for as long as one entry in it lives.
 */
export function ownBytes(from: string | Buffer, encoding: 'utf8' | 'latin1' = 'utf8'): Buffer {
  const own = Buffer.allocUnsafeSlow(typeof from === 'string' ? Buffer.byteLength(from, encoding) : from.length);
  if (typeof from === 'string') own.write(from, encoding);
  else from.copy(own);
  return own;
}

function digestOf(key: string): string {
  return hash('sha1', key, 'base64url');
}
