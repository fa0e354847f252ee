import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** About how much is given to PostgreSQL at once. */
export const CHUNK_BYTES = 65_536;

const ESCAPED = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Runs `copy … from stdin` in constant memory, as fast as PostgreSQL takes the chunks. */
export async function copyIn(client: Client, copy: string, chunks: Iterable<Buffer>): Promise<void> {
  await pipeline(chunks, client.query(copyFrom(copy)));
}

/** The same for lines of COPY's text format. */
export async function copyLinesIn(client: Client, copy: string, lines: Iterable<string>): Promise<void> {
  function* chunks(): Generator<Buffer> {
    let chunk = '';
    for (const line of lines) {
      chunk += line;
      if (chunk.length < CHUNK_BYTES) continue;
      yield Buffer.from(chunk);
      chunk = '';
    }
    if (chunk !== '') yield Buffer.from(chunk);
  }
  await copyIn(client, copy, chunks());
}

/** One row in COPY's text format. */
export function copyLine(cells: readonly (string | null)[]): string {
  return `${cells.map(copyCell).join('\t')}\n`;
}

function copyCell(text: string | null): string {
  if (text === null) return '\\N';
  return ESCAPED.test(text) ? text.replaceAll(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? '') : text;
}
