import { hash } from 'node:crypto';

/** What the cache keeps for a key. `body` is null for a thing that does not exist. */
export type CacheEntry = {
  /** The family's generation as it was BEFORE the load began; 0 when it was not known. */
  readonly generation: number;
  /** When the load began, in milliseconds since 1970. */
  readonly loadedAt: number;
  readonly freshUntil: number;
  readonly etag: string;
  readonly body: Buffer | null;
};

const HEADER = /^1 (\d+) (\d+) (\d+) (-?\d+) ("[\w-]+")\n/;

/** A strong ETag (RFC 9110, section 8.8.3) of the bytes. */
export function etagOf(body: Buffer): string {
  return `"${hash('sha1', body, 'base64url')}"`;
}

/** One line of header, then the bytes as they are. */
export function encodeEntry({ generation, loadedAt, freshUntil, etag, body }: CacheEntry): Buffer {
  const header = `1 ${generation} ${loadedAt} ${freshUntil} ${body?.length ?? -1} ${etag}\n`;
  return body === null ? Buffer.from(header) : Buffer.concat([Buffer.from(header), body]);
}

/** The entry, or undefined for anything that `encodeEntry` did not write, or not wholly. */
export function decodeEntry(bytes: Buffer): CacheEntry | undefined {
  const found = HEADER.exec(bytes.subarray(0, 160).toString('latin1'));
  if (found === null) return undefined;
  const [header, generation, loadedAt, freshUntil, length, etag = ''] = found;
  const body = bytes.subarray(header.length);
  if (body.length !== Math.max(Number(length), 0)) return undefined;
  return {
    generation: Number(generation),
    loadedAt: Number(loadedAt),
    freshUntil: Number(freshUntil),
    etag,
    body: length === '-1' ? null : body,
  };
}
