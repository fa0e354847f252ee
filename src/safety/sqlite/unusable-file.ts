import { messageOf } from '../error-message.ts';

/** In bytes. What is larger would be in memory several times on its way. */
export const LARGEST_ROW = 100 * 2 ** 20;

/** A SQLite file that cannot be imported, with what to do about it. */
export class UnusableFile extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableFile';
  }
}

const SQLITE_BUSY = 5;
const SQLITE_TOOBIG = 18;
const SQLITE_NOTADB = 26;

/** Whether SQLite refused a value because it is larger than is allowed. */
export function isTooBig(error: unknown): boolean {
  return codeOf(error) === SQLITE_TOOBIG;
}

/** SQLite's code of an error that it reported; undefined for others. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
}

/** What SQLite reports, in words that say what to do; anything else as it is. */
export function explain(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
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
  return new UnusableFile(`${path} cannot be read: ${messageOf(error)}. Look for a good copy of it.`);
}
