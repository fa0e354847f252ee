const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
export const HEADER_BYTES = HEADER.length;
const END_OF_ROWS = -1;
const NULL_LENGTH = -1;
const UINT32_VALUES = 2 ** 32;
const START_BYTES = 131_072;
/** A character of a JavaScript string takes at most this in UTF-8. */
const MOST_BYTES = 3;

/**
 * Rows in COPY's binary format. Every value has one form only in it, so that what PostgreSQL gives back is the same to the
 * byte, or is another value.
 */
export class BinaryRows {
  #buffer = Buffer.allocUnsafe(START_BYTES);
  #view = viewOf(this.#buffer);
  #length = HEADER.copy(this.#buffer);

  /** How many bytes there are to be taken. */
  get length(): number {
    return this.#length;
  }

  /** Begins a row of so many fields, which must follow. */
  begin(fields: number): void {
    this.#view.setInt16(this.#claim(2), fields);
  }

  null(): void {
    this.#view.setInt32(this.#claim(4), NULL_LENGTH);
  }

  boolean(value: boolean): void {
    this.#view.setUint8(this.#field(1), value ? 1 : 0);
  }

  int32(value: number): void {
    this.#view.setInt32(this.#field(4), value);
  }

  /** Numbers have to be whole and safe. They are several times as fast. */
  int64(value: bigint | number): void {
    const at = this.#field(8);
    if (typeof value === 'bigint') {
      this.#view.setBigInt64(at, value);
      return;
    }
    const high = Math.floor(value / UINT32_VALUES);
    this.#view.setInt32(at, high);
    this.#view.setUint32(at + 4, value - high * UINT32_VALUES);
  }

  float64(value: number): void {
    this.#view.setFloat64(this.#field(8), value);
  }

  int16s(values: readonly number[]): void {
    const at = this.#field(2 * values.length);
    for (const [index, value] of values.entries()) this.#view.setUint16(at + 2 * index, value);
  }

  bytes(value: Uint8Array): void {
    const at = this.#field(value.length);
    this.#buffer.set(value, at);
  }

  text(value: string): void {
    const start = this.#claim(4 + MOST_BYTES * value.length);
    const written = this.#buffer.write(value, start + 4, 'utf8');
    this.#view.setInt32(start, written);
    this.#length = start + 4 + written;
  }

  end(): void {
    this.#view.setInt16(this.#claim(2), END_OF_ROWS);
  }

  /** Forgets what was written. */
  clear(): void {
    this.#length = 0;
  }

  /** What was written since this was called last. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  #field(bytes: number): number {
    const start = this.#claim(4 + bytes);
    this.#view.setInt32(start, bytes);
    return start + 4;
  }

  /** Where the next so many bytes go. */
  #claim(bytes: number): number {
    const start = this.#length;
    this.#length += bytes;
    if (this.#length > this.#buffer.length) this.#grow(start);
    return start;
  }

  #grow(used: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, used);
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
