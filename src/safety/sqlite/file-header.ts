import { closeSync, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { UnusableFile } from './unusable-file.ts';

export type FileHeader = {
  /** Whether the file is used with a write-ahead log. */
  readonly usesLog: boolean;
  /** How the file stores text: text that is cast to a blob has these bytes. */
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
};

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const NEWEST_FILE_FORMAT = 2;
const NEWEST_SCHEMA_FORMAT = 4;
const JOURNAL_MAGIC = 'd9d505f920a163d7';

/**
 * The real path of a regular file that is not empty.
 * @throws {UnusableFile}
 */
export function locate(file: string): string {
  let path: string;
  let stats: Stats;
  try {
    path = realpathSync(file);
    stats = statSync(path);
  } catch (error) {
    if (!hasCode(error)) throw error;
    if (error.code === 'ENOENT')
      throw new UnusableFile(`There is no file ${file}. Give the path of the SQLite file.`);
    throw new UnusableFile(
      `${file} cannot be read (${error.code}). Check its permissions and those of its folder.`,
    );
  }
  if (stats.isDirectory()) throw new UnusableFile(`${file} is a folder. Give the path of the SQLite file in it.`);
  if (!stats.isFile()) throw new UnusableFile(`${file} is not a regular file. Copy its content to one.`);
  if (stats.size === 0) {
    throw new UnusableFile(`${file} is empty (0 bytes), so there is nothing to import. Look for the right file.`);
  }
  return path;
}

/**
 * What the first bytes of a SQLite file say.
 * @throws {UnusableFile} where they are not those of a file that can be read
 */
export function readHeader(path: string): FileHeader {
  const header = Buffer.alloc(HEADER_BYTES);
  const length = readStart(path, header);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new UnusableFile(
      looksEncrypted(path)
        ? `${path} is not a readable SQLite file: it looks encrypted (SQLCipher, SEE). Decrypt it first, ` +
            "for example with SQLCipher's sqlcipher_export()."
        : `${path} is not a SQLite file. Give the database itself, not a dump: load a dump with sqlite3 first.`,
    );
  }
  if (length < HEADER_BYTES) throw new UnusableFile(`${path} is cut off after ${length} bytes. Copy it again.`);
  const fileFormat = Math.max(header.readUInt8(18), header.readUInt8(19));
  const schemaFormat = header.readUInt32BE(44);
  if (fileFormat > NEWEST_FILE_FORMAT || schemaFormat > NEWEST_SCHEMA_FORMAT) {
    throw new UnusableFile(
      `${path} has a newer format (file ${fileFormat}, schema ${schemaFormat}) than this program's SQLite can read. ` +
        'Write it anew with the program it comes from: vacuum into a new file, or dump and load it.',
    );
  }
  const encoding = ({ 2: 'utf-16le', 3: 'utf-16be' } as const)[header.readUInt32BE(56)] ?? 'utf-8';
  return { usesLog: fileFormat === 2, encoding };
}

function readStart(path: string, into: Buffer): number {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw new UnusableFile(`${path} cannot be read (${error.code}). Check its permissions.`);
  }
  try {
    return readSync(descriptor, into);
  } finally {
    closeSync(descriptor);
  }
}

/** Encrypted pages are whole and look random: of 4,096 random bytes no value comes up 60 times. */
function looksEncrypted(path: string): boolean {
  const page = Buffer.alloc(4096);
  if (statSync(path).size % 512 !== 0 || readStart(path, page) < page.length) return false;
  const counts = new Array<number>(256).fill(0);
  for (const byte of page) counts[byte] = (counts[byte] ?? 0) + 1;
  return Math.max(...counts) < 60;
}

/** @throws {UnusableFile} where a half-done write would have to be undone first, which is a write */
export function refuseHotJournal(path: string): void {
  const journal = `${path}-journal`;
  const size = presentFile(journal)?.size ?? 0;
  if (size === 0) return;
  const magic = Buffer.alloc(8);
  readStart(journal, magic);
  if (magic.toString('hex') !== JOURNAL_MAGIC) return;
  throw new UnusableFile(
    `A write to ${path} is under way or was interrupted: ${journal} holds what undoes it. Stop the program that ` +
      'writes. If the journal is still there then, open the file once with that program or with sqlite3, which undoes ' +
      'the half-done write, and run this again.',
  );
}

export function presentFile(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

export function hasCode(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
