import type { SQLOutputValue } from 'node:sqlite';
import { readTemporal, type TemporalType } from './temporal.ts';

/** PostgreSQL's types that SQLite's values go to. */
export type TargetType = 'bigint' | 'double precision' | 'numeric' | 'text' | 'bytea' | 'boolean' | TemporalType;

/** A value that has no place in its column, in words that follow "holds". */
export class Misfit {
  readonly problem: string;
  constructor(problem: string) {
    this.problem = problem;
  }
}

/** How the values of one type travel. Null is none of its business. */
export type Codec = {
  /** Whether what is sent may hold characters that COPY's format needs escaped. */
  readonly escaped?: true;
  /** The text PostgreSQL is given for the value, before COPY's escapes. */
  readonly send: (value: SQLOutputValue) => string | Misfit;
  /** What a value that fits means, in one form only; left out where that is the text that is sent. */
  readonly meaning?: (value: SQLOutputValue) => string;
  /** The same form, of the text that PostgreSQL gives back. */
  readonly received: (text: string) => string;
};

const same = (text: string) => text;

const kindOf = (value: SQLOutputValue) => {
  if (typeof value === 'bigint') return 'an integer';
  if (typeof value === 'number') return 'a real number';
  return typeof value === 'string' ? 'text' : 'a blob';
};

const CODECS: Readonly<Record<TargetType, Codec>> = {
  bigint: {
    send: (value) => (typeof value === 'bigint' ? `${value}` : new Misfit(kindOf(value))),
    received: same,
  },
  'double precision': {
    send: (value) => {
      if (typeof value === 'number') return `${value}`;
      if (typeof value !== 'bigint') return new Misfit(kindOf(value));
      return BigInt(Number(value)) === value ? `${value}` : new Misfit('an integer of more than 53 bits');
    },
    meaning: (value) => `${Number(value)}`,
    // PostgreSQL writes some numbers with an exponent that JavaScript writes without.
    received: (text) => `${Number(text)}`,
  },
  numeric: {
    send: (value) =>
      typeof value === 'number' || typeof value === 'bigint' ? `${value}` : new Misfit(kindOf(value)),
    meaning: (value) => plainDecimal(`${value}`),
    received: plainDecimal,
  },
  text: {
    escaped: true,
    send: (value) => {
      if (typeof value !== 'string') return new Misfit(kindOf(value));
      return value.includes('\0') ? new Misfit('a text with a NUL character') : value;
    },
    received: same,
  },
  bytea: {
    escaped: true,
    send: (value) => (value instanceof Uint8Array ? `\\x${hex(value)}` : new Misfit(kindOf(value))),
    meaning: (value) => (value instanceof Uint8Array ? hex(value) : ''),
    received: (text) => text.slice(2),
  },
  boolean: {
    send: (value) => {
      if (value === 1n) return 't';
      if (value === 0n) return 'f';
      return new Misfit(typeof value === 'bigint' ? 'an integer that is neither 0 nor 1' : kindOf(value));
    },
    meaning: String,
    received: (text) => (text === 't' ? '1' : '0'),
  },
  date: temporal('date'),
  time: temporal('time'),
  timestamp: temporal('timestamp'),
  timestamptz: temporal('timestamptz'),
};

export function codecOf(type: TargetType): Codec {
  return CODECS[type];
}

function temporal(type: TemporalType): Codec {
  const article = type === 'timestamp' ? 'a timestamp without a zone' : `a ${type}`;
  // The same value is asked for twice, and neighbours often are of the same moment.
  let last = { text: '', moment: readTemporal(type, '') };
  const read = (text: string) => {
    if (text !== last.text) last = { text, moment: readTemporal(type, text) };
    return last.moment;
  };
  return {
    send: (value) => {
      if (typeof value !== 'string') return new Misfit(kindOf(value));
      return read(value) === undefined ? new Misfit(`a text that is not ${article}`) : value;
    },
    meaning: (value) => read(String(value)) ?? '',
    received: same,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A decimal number without exponent, leading or trailing zeros: 1.50e+3 is 1500. Infinity is itself. */
function plainDecimal(text: string): string {
  const [, sign = '', whole = '', decimals = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole === '') return text;
  const shift = Number(exponent);
  const point = whole.length + shift;
  const digits = whole + decimals;
  const padded = digits.padStart(digits.length + Math.max(0, -point), '0').padEnd(Math.max(point, 0), '0');
  const split = Math.max(point, 0);
  const integer = padded.slice(0, split).replace(/^0+/, '') || '0';
  const fraction = padded.slice(split).replace(/0+$/, '');
  const plain = fraction === '' ? integer : `${integer}.${fraction}`;
  return plain === '0' ? '0' : `${sign}${plain}`;
}

const SHOWN = 60;

/** A value for a person to find it by: shortened, with control characters shown. */
export function show(value: SQLOutputValue): string {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) {
    const start = hex(value.subarray(0, SHOWN / 2));
    return `x'${start}${value.length > SHOWN / 2 ? '…' : ''}' (${value.length} bytes)`;
  }
  if (typeof value !== 'string') return String(value);
  const start = value.slice(0, SHOWN).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/gu, escapeCharacter);
  return value.length > SHOWN ? `"${start}…" (${value.length} characters)` : `"${start}"`;
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
