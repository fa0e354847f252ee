import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { ownBytes } from '../cache/entry.ts';
import type { ContentCoding } from '../http/content-coding.ts';

const SMALLEST_BYTES = 1024;
/** Packing is left to other threads, of which there are four; passwords are hashed there too. */
const AT_ONCE = 2;
const BROTLI_QUALITY = 5;
const GZIP_LEVEL = 6;
/** A form that is hardly smaller is not worth its room: cache/memory-tier.ts counts on it. */
const LARGEST_PART = 0.45;

const asBrotli = promisify(brotliCompress);
const asGzip = promisify(gzip);

const compress = {
  br: (bytes: Buffer) => asBrotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (bytes: Buffer) => asGzip(bytes, { level: GZIP_LEVEL }),
};

/** A form that is being made is null; where it does not pay, it is the body itself. */
type Forms = { [coding in ContentCoding]?: Buffer | null };

const formsOf = new WeakMap<Buffer, Forms>();
let underWay = 0;

/** True for bodies that are worth packing: only their answers depend on Accept-Encoding. */
export function isWorthPacking(body: Buffer): boolean {
  return body.length >= SMALLEST_BYTES;
}

/**
 * The body in that coding, packed once for as long as its bytes live; the body itself where that does not pay. Undefined as
 * long as it is being made, which begins here: nobody waits for it.
 */
export function packed(body: Buffer, coding: ContentCoding): Buffer | undefined {
  const forms = formsOf.get(body) ?? {};
  const form = forms[coding];
  if (form !== undefined) return form ?? undefined;
  if (underWay >= AT_ONCE) return undefined;
  forms[coding] = null;
  formsOf.set(body, forms);
  underWay += 1;
  void compress[coding](body)
    .then((bytes) => {
      forms[coding] = bytes.length <= LARGEST_PART * body.length ? ownBytes(bytes) : body;
    })
    .catch(() => {
      forms[coding] = body;
    })
    .finally(() => {
      underWay -= 1;
    });
  return undefined;
}
