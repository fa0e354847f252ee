const LONGEST_BYTES = 63;
/** Every table of PostgreSQL has columns of these names already. */
const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];

export type Rename = { readonly from: string; readonly to: string };

/** Gives SQLite's names PostgreSQL's form, each once: not empty, at most 63 bytes, in lower case if asked for. */
export class Names {
  readonly #taken: Set<string>;
  readonly #lowerCase: boolean;

  constructor(lowerCase: boolean, taken: readonly string[] = []) {
    this.#lowerCase = lowerCase;
    this.#taken = new Set(taken);
  }

  static forColumns(lowerCase: boolean): Names {
    return new Names(lowerCase, SYSTEM_COLUMNS);
  }

  take(name: string): string {
    // Only the letters of ASCII, as SQLite and PostgreSQL fold names.
    const wanted = this.#lowerCase ? name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : name;
    let free = cut(wanted === '' ? 'unnamed' : wanted, LONGEST_BYTES);
    for (let number = 2; this.#taken.has(free); number += 1) {
      free = `${cut(wanted, LONGEST_BYTES - String(number).length - 1)}_${number}`;
    }
    this.#taken.add(free);
    return free;
  }
}

/** The start of a text that fits into that many bytes, without half a character at its end. */
function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  let end = bytes;
  while (((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString('utf8', 0, end);
}
