import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import pg, { type ClientConfig } from 'pg';

declare module 'pg' {
  interface Connection {
    /** Reads the server's messages from this stream (8.23). */
    attachListeners(stream: EventEmitter): void;
  }
}

/** Each message begins with its kind, one byte, and its length without that byte. */
const HEADER_BYTES = 5;
const DATA_ROW = 'D'.charCodeAt(0);
/** In a row: how many columns there are, and the length of the first. */
const COLUMN_HEADER_BYTES = 6;
const ROW_WITHOUT_COLUMNS_BYTES = 2;
const NULL_LENGTH = -1;
const LONGEST_ROW_BYTES = 256 * 1024 * 1024;
const EMPTY = Buffer.alloc(0);

/**
 * A client that gives the first column of each row as the bytes that came, in memory of their own: bodies go from here to
 * the cache and to the socket without being decoded. node-postgres (8.23) can only make strings of them.
 */
export class TextClient extends pg.Client {
  constructor(config?: ClientConfig) {
    super(config);
    const { connection } = this;
    const attach = connection.attachListeners.bind(connection);
    connection.attachListeners = (stream: Duplex) => {
      const others = new EventEmitter();
      attach(others);
      const splitter = new RowSplitter({
        row: (bytes) => connection.emit('dataRow', { fields: [bytes] }),
        others: (bytes) => others.emit('data', bytes),
        malformed: () => stream.destroy(new Error('PostgreSQL sent what is no row of ours')),
      });
      stream.on('data', (chunk: Buffer) => splitter.take(chunk));
      stream.on('end', () => others.emit('end'));
    };
  }
}

type Receiver = {
  row(text: Buffer | null): void;
  /** Everything but rows, as it came. */
  others(bytes: Buffer): void;
  /** What came is no row of ours; nothing behind it can be read. */
  malformed(): void;
};

/** Takes the rows out of what a server sends: https://www.postgresql.org/docs/current/protocol-message-formats.html */
class RowSplitter {
  readonly #receiver: Receiver;
  /** The row that is being received, and how much of it is there. */
  #row: Buffer | undefined;
  #received = 0;
  /** How much of another message is still to come. */
  #left = 0;
  /** The beginning of a header. */
  #header: Buffer = EMPTY;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  take(received: Buffer): void {
    const chunk = this.#header.length === 0 ? received : Buffer.concat([this.#header, received]);
    this.#header = EMPTY;
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#row !== undefined) {
        at += this.#fill(this.#row, chunk, at);
        from = at;
      } else if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
      } else if (chunk.length - at < HEADER_BYTES) {
        this.#header = Buffer.from(chunk.subarray(at));
        break;
      } else if (chunk[at] === DATA_ROW) {
        this.#passOn(chunk, from, at);
        const bytes = chunk.readUInt32BE(at + 1) + 1 - HEADER_BYTES;
        if (!isLengthOfRow(bytes)) {
          this.#receiver.malformed();
          return;
        }
        this.#row = Buffer.allocUnsafeSlow(bytes);
        this.#received = 0;
        at += HEADER_BYTES;
        from = at;
      } else this.#left = chunk.readUInt32BE(at + 1) + 1;
    }
    this.#passOn(chunk, from, at);
  }

  /** Returns how much of the chunk it took. */
  #fill(row: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(row, this.#received, at);
    this.#received += copied;
    if (this.#received < row.length) return copied;
    this.#row = undefined;
    const length = row.length === ROW_WITHOUT_COLUMNS_BYTES ? NULL_LENGTH : row.readInt32BE(2);
    if (length < NULL_LENGTH || length > row.length - COLUMN_HEADER_BYTES) {
      this.#receiver.malformed();
      return chunk.length - at;
    }
    this.#receiver.row(
      length === NULL_LENGTH ? null : row.subarray(COLUMN_HEADER_BYTES, COLUMN_HEADER_BYTES + length),
    );
    return copied;
  }

  #passOn(chunk: Buffer, from: number, to: number): void {
    if (to > from) this.#receiver.others(chunk.subarray(from, to));
  }
}

function isLengthOfRow(bytes: number): boolean {
  if (bytes === ROW_WITHOUT_COLUMNS_BYTES) return true;
  return bytes >= COLUMN_HEADER_BYTES && bytes <= LONGEST_ROW_BYTES;
}
