import { constants, copyFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type FileHeader, hasCode, locate, presentFile, readHeader, refuseHotJournal } from './file-header.ts';
import { createPrivateFolder } from './private-folder.ts';
import { explain, LARGEST_ROW, UnusableFile } from './unusable-file.ts';

/** A SQLite file, open for reading. Everything read from it is of one moment. */
export type SourceFile = {
  readonly path: string;
  readonly bytes: number;
  readonly database: DatabaseSync;
  readonly encoding: FileHeader['encoding'];
  /** What a person should know about the file, in sentences. */
  readonly notes: readonly string[];
  /** @throws {UnusableFile} when somebody wrote to the file since it was opened, so that what was read may be torn */
  ensureUnchanged(): void;
  close(): void;
};

const BUSY_TIMEOUT_MS = 2000;

/**
 * Opens a file read-only. Nothing beside it is created, changed or removed: a file with a write-ahead log is copied
 * together with that log to a private place first, because reading it where it is would write to its index.
 * @throws {UnusableFile}
 */
export function openSource(file: string): SourceFile {
  const path = locate(file);
  const { usesLog, encoding } = readHeader(path);
  refuseHotJournal(path);
  const log = presentFile(`${path}-wal`);
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
  return { path, bytes: statSync(path).size, encoding, notes, ...opened };
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
