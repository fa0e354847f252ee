import {
  closeSync,
  constants,
  copyFileSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createPrivateFolder } from './private-folder.ts';

/** A SQLite file that cannot be imported, with what to do about it. */
export class UnusableFile extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableFile';
  }
}

/** A SQLite file, open for reading. Everything read from it is of one moment. */
export type SourceFile = {
  readonly path: string;
  readonly bytes: number;
  readonly database: DatabaseSync;
  /** How the file stores text: text that is cast to a blob has these bytes. */
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** What a person should know about the file, in sentences. */
  readonly notes: readonly string[];
  /** @throws {UnusableFile} when somebody wrote to the file since it was opened, so that what was read may be torn */
  ensureUnchanged(): void;
  close(): void;
};

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const NEWEST_FILE_FORMAT = 2;
const NEWEST_SCHEMA_FORMAT = 4;
const JOURNAL_MAGIC = 'd9d505f920a163d7';
const BUSY_TIMEOUT_MS = 2000;
/** In bytes. What is larger would be in memory several times on its way, and COPY has hexadecimal for bytes. */
const LARGEST_ROW = 100 * 2 ** 20;

/**
 * Opens a file read-only. Nothing beside it is created, changed or removed: a file with a write-ahead log is copied
 * together with that log to a private place first, because reading it where it is would write to its index.
 * @throws {UnusableFile}
 */
export function openSource(file: string): SourceFile {
  const path = locate(file);
  const header = readHeader(path);
  refuseHotJournal(path);
  const log = presentFile(`${path}-wal`);
  const usesLog = header.fileFormat === 2;
  const copied = log !== undefined && log.size > 0;
  const notes: string[] = [];
  if (usesLog && log === undefined) {
    notes.push(
      `The file uses a write-ahead log and there is no ${path}-wal. That is right if its program was closed properly. ` +
        'If the file was copied from elsewhere, copy the -wal too, or its newest rows are missing.',
    );
  }
  const opened = copied ? openCopy(path) : openInPlace(path, usesLog);
  if (copied) notes.push(`Its write-ahead log (${log.size} bytes) was read too.`);
  return { path, bytes: statSync(path).size, encoding: header.encoding, notes, ...opened };
}

function locate(file: string): string {
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

function readHeader(path: string): { fileFormat: number; encoding: SourceFile['encoding'] } {
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
  return { fileFormat, encoding };
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

function refuseHotJournal(path: string): void {
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

type Opened = Pick<SourceFile, 'database' | 'ensureUnchanged' | 'close'>;

function openInPlace(path: string, usesLog: boolean): Opened {
  const before = versionOf(path);
  // A closed file with a log cannot be opened without creating one beside it, unless SQLite is told that nobody writes.
  // Otherwise the transaction's lock keeps writers away.
  const database = open(usesLog ? immutable(path) : path, path, true);
  return {
    database,
    ensureUnchanged: () => {
      if (usesLog && versionOf(path) !== before) throw beingWritten(path);
    },
    close: () => database.close(),
  };
}

function immutable(path: string): string {
  return `file:${encodeURI(path).replaceAll('?', '%3f').replaceAll('#', '%23')}?immutable=1`;
}

function openCopy(path: string): Opened {
  const folder = createPrivateFolder();
  try {
    const before = versionOf(path);
    for (const suffix of ['', '-wal']) copy(`${path}${suffix}`, folder.file(`source${suffix}`));
    if (versionOf(path) !== before) throw beingWritten(path);
    const database = open(folder.file('source'), path, false);
    return {
      database,
      ensureUnchanged: () => {},
      close: () => {
        database.close();
        folder.remove();
      },
    };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

function beingWritten(path: string): UnusableFile {
  return new UnusableFile(`${path} is being written. Stop the program that writes to it and run this again.`);
}

function copy(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (!hasCode(error) || error.code !== 'ENOSPC') throw error;
    throw new UnusableFile(
      `There is no room for a private copy of ${from}, which its write-ahead log makes necessary. Make room, or name ` +
        'another folder for temporary files in TMPDIR.',
    );
  }
}

function versionOf(path: string): string {
  return [path, `${path}-wal`]
    .map((file) => {
      const stats = presentFile(file);
      return `${stats?.ino} ${stats?.size} ${stats?.mtimeMs}`;
    })
    .join(', ');
}

function open(location: string, path: string, readOnly: boolean): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(location, {
      readOnly,
      readBigInts: true,
      returnArrays: true,
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: false,
      limits: { length: LARGEST_ROW },
      // Old schemas have them, in indexes and checks.
      enableDoubleQuotedStringLiterals: true,
    });
    database.exec('pragma trusted_schema = off; begin; select count(*) from sqlite_schema');
    return database;
  } catch (error) {
    database?.close();
    throw explain(error, path);
  }
}

const SQLITE_BUSY = 5;
const SQLITE_TOOBIG = 18;
const SQLITE_NOTADB = 26;

/** What SQLite reports, in words that say what to do; anything else as it is. */
export function explain(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const code = Number(error.errcode) & 0xff;
  if (code === SQLITE_BUSY) {
    return new UnusableFile(`${path} is locked by a program that writes. Stop it and run this again.`);
  }
  if (code === SQLITE_NOTADB) {
    return new UnusableFile(
      `${path} is not a readable SQLite file: it is damaged or encrypted. Look for a good copy.`,
    );
  }
  if (code === SQLITE_TOOBIG) {
    return new UnusableFile(
      `${path} has a row of more than ${LARGEST_ROW / 2 ** 20} MB, which is more than can be moved. Move what is in it ` +
        'to a file of its own, then run this again.',
    );
  }
  return new UnusableFile(`${path} cannot be read: ${error.message}. Look for a good copy of it.`);
}

function presentFile(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function hasCode(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
