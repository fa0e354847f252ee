import type { SQLOutputValue } from 'node:sqlite';
import { RESERVED_SLUG } from '../../../blog/articles/slugs.ts';
import { readTemporal } from '../temporal.ts';
import { Misfit } from '../values.ts';

/** What was changed on the way, and how often; told in the report. */
export type Changes = Map<string, number>;

export function note(changes: Changes, what: string): void {
  changes.set(what, (changes.get(what) ?? 0) + 1);
}

/** Turns a value of the file into the text that the application's column takes, null for null. */
export type Conversion = (value: SQLOutputValue, changes: Changes) => string | null | Misfit;

/** Text in composed form (NFC), as the API writes and finds it. */
export function text(limits: { readonly longest?: number; readonly nullable?: boolean } = {}): Conversion {
  const { longest = Number.POSITIVE_INFINITY, nullable = false } = limits;
  return (value, changes) => {
    if (value === null) return nullable ? null : new Misfit('nothing');
    if (typeof value !== 'string') return new Misfit('something other than text');
    if (value.includes('\0')) return new Misfit('a text with a NUL character');
    if (value.includes('\ufffd')) return new Misfit('a text with bytes that are no valid characters');
    const composed = value.normalize('NFC');
    if (!nullable && !/\S/.test(composed)) return new Misfit('a blank text');
    if ([...composed].length > longest) return new Misfit(`a text of more than ${longest} characters`);
    if (composed !== value) note(changes, 'texts were brought into composed form (NFC), as the API stores them');
    return composed;
  };
}

const slugText = text({ longest: 255 });

export const slug: Conversion = (value, changes) => {
  const converted = slugText(value, changes);
  if (converted !== RESERVED_SLUG) return converted;
  return new Misfit(`a slug that no article can be read by (GET /api/articles/${RESERVED_SLUG} is something else)`);
};

/** A moment as SQLite writes it, UTC where it names no zone. The application keeps milliseconds. */
export const moment: Conversion = (value, changes) => {
  if (value === null) return new Misfit('nothing');
  if (typeof value === 'bigint' || typeof value === 'number') {
    return new Misfit("a number; if it counts seconds since 1970, map datetime(…, 'unixepoch')");
  }
  const written = String(value);
  const zoneless = readTemporal('timestamp', written);
  const utc = zoneless === undefined ? readTemporal('timestamptz', written) : `${zoneless}+00`;
  if (typeof value !== 'string' || utc === undefined) return new Misfit('something that is not a date');
  const [, second = '', decimals = ''] = /^(.{19})(?:\.(\d+))?\+00$/.exec(utc) ?? [];
  if (decimals.length > 3) note(changes, 'times were cut to milliseconds');
  const kept = decimals.slice(0, 3).replace(/0+$/, '');
  return `${second}${kept === '' ? '' : `.${kept}`}+00`;
};

/** The only kind that the application can check: argon2id, version 19, in the PHC string format. */
const USABLE_HASH = /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;
/** No password has this hash. */
const NO_PASSWORD = '!';

const HASH_KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\$2[abxy]?\$/, 'bcrypt'],
  [/^\$argon2/, 'another argon2'],
  [/scrypt/, 'scrypt'],
  [/pbkdf2/, 'PBKDF2'],
  [/^\$[156]\$/, 'crypt'],
  [/^[0-9a-f]{32}$/i, 'MD5'],
  [/^[0-9a-f]{40}$/i, 'SHA-1'],
  [/^[0-9a-f]{64}$/i, 'SHA-256'],
];

export const UNUSABLE_PASSWORDS =
  'passwords cannot be checked here, so their owners cannot log in until a new one is set';

export const passwordHash: Conversion = (value, changes) => {
  if (typeof value === 'string' && USABLE_HASH.test(value)) return value;
  const kind =
    typeof value === 'string' && value !== ''
      ? (HASH_KINDS.find(([pattern]) => pattern.test(value))?.[1] ?? 'unknown')
      : 'none';
  note(changes, `${UNUSABLE_PASSWORDS} (kind: ${kind})`);
  return NO_PASSWORD;
};
