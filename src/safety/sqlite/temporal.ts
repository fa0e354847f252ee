export type TemporalType = 'date' | 'time' | 'timestamp' | 'timestamptz';

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const TIME = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?`;
const PATTERNS = {
  date: new RegExp(`^${DATE}$`),
  time: new RegExp(`^()()()${TIME}$`),
  timestamp: new RegExp(`^${DATE}(?:[ T]${TIME})?$`),
  timestamptz: new RegExp(String.raw`^${DATE}[ T]${TIME} ?(Z|[+-]\d\d:?\d\d)$`),
} as const;

/** What most programs write; it needs no taking apart, which a million rows notice. */
const PLAIN = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

const MINUTE_MS = 60_000;

/**
 * The moment a text names, written as PostgreSQL writes it (ISO, UTC); undefined where it names none. What SQLite's
 * own date functions understand is understood, as long as PostgreSQL has the same moment: no 30th of February, no 24:00,
 * no more than six decimals.
 */
export function readTemporal(type: TemporalType, text: string): string | undefined {
  if (type === 'timestamp' && PLAIN.test(text)) return isPlainMoment(text) ? text : undefined;
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

function isPlainMoment(text: string): boolean {
  const two = (at: number) => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 48 * 11;
  if (two(11) > 23 || two(14) > 59 || two(17) > 59) return false;
  return isDay(two(0) * 100 + two(2), two(5), two(8));
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
