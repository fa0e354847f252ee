/** One look at something that may grow. */
export type Sample = { readonly atSeconds: number; readonly value: number };

/** How much is added each second, and the half width of its 95 % interval. */
export type Slope = { readonly perSecond: number; readonly uncertainty: number };

/** 95 % of a normal distribution lie within so many standard errors. */
const STANDARD_ERRORS = 1.96;

/**
 * A straight line through the samples by least squares. Samples of memory are like the ones before them, and so say less
 * than as many independent ones: the uncertainty is that of `n (1 - r) / (1 + r)` samples, r being the correlation of
 * what is left over with what is left over one sample earlier.
 */
export function slopeOf(samples: readonly Sample[]): Slope {
  const n = samples.length;
  const meanAt = mean(samples.map(({ atSeconds }) => atSeconds));
  const meanValue = mean(samples.map(({ value }) => value));
  const spread = sum(samples.map(({ atSeconds }) => (atSeconds - meanAt) ** 2));
  const perSecond = sum(samples.map(({ atSeconds, value }) => (atSeconds - meanAt) * (value - meanValue))) / spread;
  const left = samples.map(({ atSeconds, value }) => value - meanValue - perSecond * (atSeconds - meanAt));
  const squares = sum(left.map((each) => each ** 2));
  const together = sum(left.slice(1).map((each, index) => each * (left[index] ?? 0)));
  const correlation = squares === 0 ? 0 : Math.min(0.99, Math.max(0, together / squares));
  const independent = Math.max(3, (n * (1 - correlation)) / (1 + correlation));
  const standardError = Math.sqrt(squares / n / (independent - 2) / (spread / n));
  return { perSecond, uncertainty: STANDARD_ERRORS * standardError };
}

const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;
