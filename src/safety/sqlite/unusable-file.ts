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
