import type { SQLOutputValue } from 'node:sqlite';
import type { BinaryRows } from './binary-rows.ts';
import { numericParts } from './numeric.ts';
import { daysOf, microsecondsOf, readTemporal, type TemporalType, timeOfDay } from './temporal.ts';

/** PostgreSQL's types that SQLite's values go to. */
export type TargetType = 'bigint' | 'double precision' | 'numeric' | 'text' | 'bytea' | 'boolean' | TemporalType;

/** A value that has no place in its column, in words that follow "holds". */
export class Misfit {
  readonly problem: string;
  constructor(problem: string) {
    this.problem = problem;
  }
}

/** Writes a value of one type as the field of a row, or says why it has no place there. Null is none of its business. */
export type Codec = (value: SQLOutputValue, into: BinaryRows) => Misfit | undefined;

const kindOf = (value: SQLOutputValue) => {
  if (typeof value === 'bigint') return 'an integer';
  if (typeof value === 'number') return 'a real number';
  return typeof value === 'string' ? 'text' : 'a blob';
};

const CODECS: Readonly<Record<TargetType, Codec>> = {
  bigint: (value, into) => {
    if (typeof value !== 'bigint') return new Misfit(kindOf(value));
    into.int64(value);
    return undefined;
  },
  'double precision': (value, into) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return new Misfit(kindOf(value));
    const number = Number(value);
    if (typeof value === 'bigint' && BigInt(number) !== value) return new Misfit('an integer of more than 53 bits');
    into.float64(number);
    return undefined;
  },
  numeric: (value, into) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return new Misfit(kindOf(value));
    into.int16s(numericParts(`${value}`));
    return undefined;
  },
  text: (value, into) => {
    if (typeof value !== 'string') return new Misfit(kindOf(value));
    if (value.includes('\0')) return new Misfit('a text with a NUL character');
    into.text(value);
    return undefined;
  },
  bytea: (value, into) => {
    if (!(value instanceof Uint8Array)) return new Misfit(kindOf(value));
    into.bytes(value);
    return undefined;
  },
  boolean: (value, into) => {
    if (typeof value !== 'bigint') return new Misfit(kindOf(value));
    if (value !== 0n && value !== 1n) return new Misfit('an integer that is neither 0 nor 1');
    into.boolean(value === 1n);
    return undefined;
  },
  date: temporal('date', (moment, into) => into.int32(daysOf(moment))),
  time: temporal('time', (moment, into) => into.int64(timeOfDay(moment))),
  timestamp: temporal('timestamp', (moment, into) => into.int64(microsecondsOf(moment))),
  timestamptz: temporal('timestamptz', (moment, into) => into.int64(microsecondsOf(moment))),
};

export function codecOf(type: TargetType): Codec {
  return CODECS[type];
}

/** `write` is given the moment as PostgreSQL writes it. */
function temporal(type: TemporalType, write: (moment: string, into: BinaryRows) => void): Codec {
  const article = type === 'timestamp' ? 'a timestamp without a zone' : `a ${type}`;
  return (value, into) => {
    if (typeof value !== 'string') return new Misfit(kindOf(value));
    const moment = readTemporal(type, value);
    if (moment === undefined) return new Misfit(`a text that is not ${article}`);
    write(moment, into);
    return undefined;
  };
}

const SHOWN = 60;

/** A value for a person to find it by: shortened, with control characters shown. */
export function show(value: SQLOutputValue): string {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) {
    const start = Buffer.from(value.subarray(0, SHOWN / 2)).toString('hex');
    return `x'${start}${value.length > SHOWN / 2 ? '…' : ''}' (${value.length} bytes)`;
  }
  if (typeof value !== 'string') return String(value);
  const start = value.slice(0, SHOWN).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/gu, escapeCharacter);
  return value.length > SHOWN ? `"${start}…" (${value.length} characters)` : `"${start}"`;
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
