import { median } from '../spread.ts';

/** One look at something that may grow. */
export type Sample = { readonly atSeconds: number; readonly value: number };

/** How much is added each second, the half width of its 95 % interval, and the median of the last tenth of the time. */
export type Slope = { readonly perSecond: number; readonly uncertainty: number; readonly last: number };

/** The samples are cut into so many pieces of the same length. */
const PIECES = 10;
/** Student's t for 95 % and as many degrees of freedom as a line leaves to so many pieces, PIECES - 2. */
const STUDENT_T = 2.306;
/** More cannot be told from ten pieces. */
const MOST_ALIKE = 0.9;

/**
 * A straight line by least squares through the medians of ten pieces. Samples of memory are like the ones before them, so
 * that 120 of them say far less than 120 independent ones; pieces are nearly as long as that likeness lasts, and what
 * only a moment takes does not move a median. For the likeness that is left between neighbours the interval is that of
 * `n (1 - r) / (1 + r)` pieces, r being the correlation of what the line leaves over from one piece to the next, made
 * larger by as much as ten pieces and a fitted line make it look smaller (Kendall; Marriott and Pope, 1954).
 * @throws {Error} for fewer samples than pieces
 */
export function slopeOf(samples: readonly Sample[]): Slope {
  if (samples.length < PIECES) throw new Error(`A slope is made of ${PIECES} samples or more.`);
  const points = Array.from({ length: PIECES }, (_, piece) => {
    const edge = (index: number) => Math.round((index * samples.length) / PIECES);
    const part = samples.slice(edge(piece), edge(piece + 1));
    return {
      at: mean(part.map(({ atSeconds }) => atSeconds)),
      value: median(part.map(({ value }) => value)),
    };
  });
  const meanAt = mean(points.map(({ at }) => at));
  const meanValue = mean(points.map(({ value }) => value));
  const spread = sum(points.map(({ at }) => (at - meanAt) ** 2));
  const perSecond = sum(points.map(({ at, value }) => (at - meanAt) * (value - meanValue))) / spread;
  const left = points.map(({ at, value }) => value - meanValue - perSecond * (at - meanAt));
  const squares = sum(left.map((each) => each ** 2));
  const alike = sum(left.slice(1).map((each, index) => each * (left[index] ?? 0)));
  const seen = squares === 0 ? 0 : alike / squares;
  const correlation = Math.min(MOST_ALIKE, Math.max(0, (seen + 2 / PIECES) / (1 - 4 / PIECES)));
  const standardError = Math.sqrt(squares / (PIECES - 2) / spread);
  const widened = Math.sqrt((1 + correlation) / (1 - correlation));
  return {
    perSecond,
    uncertainty: STUDENT_T * standardError * widened,
    last: points.at(-1)?.value ?? meanValue,
  };
}

/** Whether it grows for certain: the whole interval lies above 0. */
export function isGrowing({ perSecond, uncertainty }: Slope): boolean {
  return perSecond > uncertainty;
}

const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;
