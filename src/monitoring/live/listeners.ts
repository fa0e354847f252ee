import { Readable } from 'node:stream';

type Listener = { readonly stream: Readable; readonly drop: () => void };

/** Whoever has not read this much of what was sent is too slow, or gone without a word. */
const UNREAD_BYTES_MAX = 256 * 1024;

/** The open pages: a bounded number of streams that all get the same bytes. */
export class Listeners {
  readonly #max: number;
  readonly #listeners = new Set<Listener>();

  constructor(max: number) {
    this.#max = max;
  }

  get count(): number {
    return this.#listeners.size;
  }

  get isFull(): boolean {
    return this.count >= this.#max;
  }

  /** A stream that begins with `first`. `drop` cuts the connection of one that does not read. */
  add(first: string, drop: () => void): Readable {
    const stream = new Readable({ read: () => {} });
    const listener = { stream, drop };
    this.#listeners.add(listener);
    stream.once('close', () => this.#listeners.delete(listener));
    stream.push(first);
    return stream;
  }

  send(text: string): void {
    const bytes = Buffer.from(text);
    for (const { stream, drop } of this.#listeners) {
      if (stream.readableLength + bytes.length > UNREAD_BYTES_MAX) drop();
      else stream.push(bytes);
    }
  }

  /** Says a last word and ends every stream. */
  end(last: string): void {
    for (const { stream } of this.#listeners) {
      stream.push(last);
      stream.push(null);
    }
    this.#listeners.clear();
  }
}
