export type TemporalType = 'date' | 'time' | 'timestamp' | 'timestamptz';

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const TIME = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?`;
const PATTERNS = {
  date: new RegExp(`^${DATE}$`),
  time: new RegExp(`^()()()${TIME}$`),
  timestamp: new RegExp(`^${DATE}(?:[ T]${TIME})?$`),
  timestamptz: new RegExp(String.raw`^${DATE}[ T]${TIME} ?(Z|[+-]\d\d:?\d\d)$`),
} as const;

const ZERO = '0'.charCodeAt(0);
const MINUTE_MS = 60_000;
const DAY_MICROSECONDS = 86_400_000_000;
/** Up to so many days JavaScript has numbers for the microseconds. */
const EXACT_DAYS = Math.floor(Number.MAX_SAFE_INTEGER / DAY_MICROSECONDS) - 1;
/** From the first of March of the year 0 to the first of January 2000, from which PostgreSQL counts. */
const EPOCH_DAYS = 730_425;

/**
 * The moment a text names, written as PostgreSQL writes it (ISO, UTC); undefined where it names none. What SQLite's
 * own date functions understand is understood, as long as PostgreSQL has the same moment: no 30th of February, no 24:00,
 * no more than six decimals.
 */
export function readTemporal(type: TemporalType, text: string): string | undefined {
  if (type === 'timestamp' && isPlainMoment(text)) return text;
  const match = PATTERNS[type].exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', decimals = ''] = match;
  if (type !== 'time' && !isDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const fraction = decimals.replace(/0+$/, '');
  const time = `${hour}:${minute}:${second}`;
  const end = fraction === '' ? '' : `.${fraction}`;
  if (type === 'date') return text;
  if (type === 'time') return `${time}${end}`;
  if (type === 'timestamp') return `${year}-${month}-${day} ${time}${end}`;
  const offset = offsetMinutes(match.at(-1) ?? 'Z');
  if (offset === undefined) return undefined;
  const moment = new Date(Date.parse(`${year}-${month}-${day}T${time}Z`) - offset * MINUTE_MS);
  if (moment.getUTCFullYear() < 1 || moment.getUTCFullYear() > 9999) return undefined;
  return `${moment.toISOString().slice(0, 19).replace('T', ' ')}${end}+00`;
}

/** The day of a moment that `readTemporal` gave, counted as PostgreSQL counts. `Date` would be slower. */
export function daysOf(moment: string): number {
  const month = twoDigits(moment, 5);
  // Years that begin in March have the leap day at their end, and all other months in one rhythm.
  const marches = twoDigits(moment, 0) * 100 + twoDigits(moment, 2) - (month < 3 ? 1 : 0);
  const monthsSinceMarch = (month + 9) % 12;
  const leapDays = Math.floor(marches / 4) - Math.floor(marches / 100) + Math.floor(marches / 400);
  const dayOfYear = Math.floor((153 * monthsSinceMarch + 2) / 5) + twoDigits(moment, 8) - 1;
  return 365 * marches + leapDays + dayOfYear - EPOCH_DAYS;
}

/** The time of day that stands in a moment that `readTemporal` gave, in microseconds. */
export function timeOfDay(moment: string, at = 0): number {
  const seconds = (twoDigits(moment, at) * 60 + twoDigits(moment, at + 3)) * 60 + twoDigits(moment, at + 6);
  if (moment[at + 8] !== '.') return seconds * 1_000_000;
  const decimals = /^\d+/.exec(moment.slice(at + 9))?.[0] ?? '';
  return seconds * 1_000_000 + Number(decimals.padEnd(6, '0'));
}

/** A day and the time of that day that `readTemporal` gave, in microseconds since PostgreSQL's first day. */
export function microsecondsOf(moment: string): number | bigint {
  const day = daysOf(moment);
  const time = timeOfDay(moment, 'YYYY-MM-DD '.length);
  if (Math.abs(day) < EXACT_DAYS) return day * DAY_MICROSECONDS + time;
  return BigInt(day) * BigInt(DAY_MICROSECONDS) + BigInt(time);
}

/** What most programs write. It needs no taking apart, which a million rows notice. */
function isPlainMoment(text: string): boolean {
  if (text.length !== 'YYYY-MM-DD hh:mm:ss'.length) return false;
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== ' ' || text[13] !== ':' || text[16] !== ':') return false;
  const century = twoDigits(text, 0);
  const year = twoDigits(text, 2);
  if (century < 0 || year < 0 || !isDay(century * 100 + year, twoDigits(text, 5), twoDigits(text, 8))) return false;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
}

/** The number that two digits are, -1 where they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day <= days;
}

/** PostgreSQL takes offsets up to 15:59. */
function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 15 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
