import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { ColumnChecksums } from './checksums.ts';
import type { Loaded } from './load.ts';
import { codecOf, type TargetType } from './values.ts';

const LINE_FEED = 0x0a;
const UNESCAPED: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Reads rows back out of PostgreSQL and computes the same checksums as were computed of the file. `query` gives the
 * columns of these types, and the rows in the order they were loaded.
 */
export async function readBack(client: Client, query: string, types: readonly TargetType[]): Promise<Loaded> {
  const codecs = types.map(codecOf);
  const checksums = new ColumnChecksums(types.length);
  let rows = 0;
  for await (const lines of wholeLines(client.query(copyTo(`copy (${query}) to stdout`)))) {
    for (const line of lines) {
      rows += 1;
      const cells = line.split('\t');
      for (let index = 0; index < codecs.length; index += 1) {
        const cell = cells[index] ?? '\\N';
        const meaning = cell === '\\N' ? null : (codecs[index]?.received(unescapeCell(cell)) ?? null);
        checksums.add(index, meaning);
      }
    }
  }
  return { rows, checksums: checksums.digests() };
}

/** COPY's text format has one row a line, and no line feed within one. */
async function* wholeLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest: Buffer[] = [];
  for await (const chunk of stream) {
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end < 0) {
      rest.push(chunk);
      continue;
    }
    const text = Buffer.concat([...rest, chunk.subarray(0, end)]).toString();
    // The buffer is the driver's, which may use it again.
    rest = end + 1 < chunk.length ? [Buffer.from(chunk.subarray(end + 1))] : [];
    yield text.split('\n');
  }
}

function unescapeCell(cell: string): string {
  if (!cell.includes('\\')) return cell;
  return cell.replaceAll(/\\(.)/gs, (_, character: string) => UNESCAPED[character] ?? character);
}
