import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { readColumns } from './binary-columns.ts';

/** Rows in COPY's binary format, whole. */
export type BinaryCopy = Iterable<Buffer> | AsyncIterable<Buffer>;

/** How what is in PostgreSQL differs: how many rows it has, and which columns have other cells, by their place. */
export type Difference = { readonly rows: number; readonly columns: readonly number[] };

/**
 * Reads rows back out of PostgreSQL. Where every byte is what was expected (`digest`, SHA-256 in hexadecimal), every cell
 * is; where one is not, `expected` is asked for all of it again, and a checksum of each column on either side says which
 * columns differ.
 */
export async function compareRows(
  client: Client,
  query: string,
  digest: string,
  expected: () => BinaryCopy,
): Promise<Difference | undefined> {
  const readBack = () => client.query(copyTo(`copy (${query}) to stdout with (format binary)`));
  const hash = createHash('sha256');
  await pipeline(readBack(), hash);
  if (hash.digest('hex') === digest) return undefined;
  const [wanted, found] = [await checksums(expected()), await checksums(readBack())];
  const columns = [...wanted.columns.keys()].filter((index) => found.columns[index] !== wanted.columns[index]);
  return { rows: found.rows, columns };
}

async function checksums(copy: BinaryCopy): Promise<{ rows: number; columns: string[] }> {
  const hashes: Hash[] = [];
  const rows = await readColumns(copy, (column, field) => {
    hashes[column] ??= createHash('sha256');
    hashes[column].update(field);
  });
  return { rows, columns: hashes.map((hash) => hash.digest('hex')) };
}
