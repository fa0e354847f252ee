/** Figures of several rounds: the middle one and the two ends. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** A to B, round by round: whatever else the machine did in a round met both. */
export function ratios(a: readonly number[], b: readonly number[]): Spread {
  return spread(a.map((value, round) => value / (b[round] ?? Number.NaN)));
}

/** The middle one, with the two ends in brackets. */
export function inWords({ median: middle, min, max }: Spread, format: (value: number) => string): string {
  return min === max || Number.isNaN(middle) ? format(middle) : `${format(middle)} (${format(min)}–${format(max)})`;
}

/** Milliseconds or a like figure, with as many digits as mean something; a dash for none. */
export function precise(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value < 1 ? value.toFixed(3) : value.toFixed(value < 10 ? 2 : 0);
}

export const count = (value: number): string =>
  Number.isNaN(value) ? '–' : Math.round(value).toLocaleString('en');

export const times = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(2));
