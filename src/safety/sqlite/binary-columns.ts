import { HEADER_BYTES } from './binary-rows.ts';

/** The length of the length of a field, and of the number of fields of a row, in bytes. */
const LENGTH_BYTES = 4;
const COUNT_BYTES = 2;

/**
 * Takes rows in COPY's binary format apart. Each field is given with its length before it, so that no two rows of fields
 * look alike. Returns how many rows there are.
 */
export async function readColumns(
  copy: Iterable<Buffer> | AsyncIterable<Buffer>,
  take: (column: number, field: Buffer) => void,
): Promise<number> {
  let parts: Buffer[] = [];
  let collected = 0;
  let needed = HEADER_BYTES;
  let at = HEADER_BYTES;
  let rows = 0;
  let [column, fields] = [0, 0];
  for await (const chunk of copy) {
    // The buffer is the driver's, which may use it again.
    parts.push(Buffer.from(chunk));
    collected += chunk.length;
    if (collected < needed) continue;
    const bytes = Buffer.concat(parts);
    for (;;) {
      const isField = column < fields;
      needed = at + (isField ? LENGTH_BYTES : COUNT_BYTES);
      if (bytes.length < needed) break;
      if (isField) {
        needed += Math.max(bytes.readInt32BE(at), 0);
        if (bytes.length < needed) break;
        take(column, bytes.subarray(at, needed));
        column += 1;
      } else {
        fields = bytes.readInt16BE(at);
        column = 0;
        if (fields >= 0) rows += 1;
      }
      at = needed;
    }
    parts = [bytes.subarray(at)];
    collected = bytes.length - at;
    needed -= at;
    at = 0;
  }
  return rows;
}
