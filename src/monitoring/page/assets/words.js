/** Numbers, times and sizes as people read them, always with their unit. Moments are Date-s or ISO 8601 texts. */

const whole = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const count = (number) => whole.format(number);

/** "1 page", "12 pages". */
export const counted = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** 19:02:41, with the day before it unless that is today. */
export function time(moment, now = Date.now()) {
  const date = new Date(moment);
  const isToday = day.format(date) === day.format(now);
  return `${isToday ? '' : `${day.format(date)}, `}${clock.format(date)}`;
}

/** "3 min 12 s": the two largest units. */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return two(Math.floor(minutes / 1440), 'd', Math.floor((minutes % 1440) / 60), 'h');
}

function two(large, largeUnit, small, smallUnit) {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** "19:02:41 (3 min ago)". */
export function since(moment, now) {
  const ms = now - new Date(moment).getTime();
  return `${time(moment, now)} (${ms < 1000 ? 'just now' : `${duration(ms)} ago`})`;
}

/** "in 3 s", or "now" where it is due. */
export function until(moment, now) {
  const ms = new Date(moment).getTime() - now;
  if (ms <= 0) return 'now';
  return ms < 1000 ? 'within a second' : `in ${duration(ms)}`;
}

export function milliseconds(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
}

export function bytes(number) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = number < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(number) / 3));
  const value = number / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

export const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;
