import { median, ratios, type Spread, spread } from './spread.ts';

export type Effort = {
  readonly rounds: number;
  /** Calls of a round, at most, and how long it may take. */
  readonly calls: number;
  readonly roundMs: number;
};

/** The median time of one call within a round, in milliseconds. */
async function round(call: () => Promise<unknown>, { calls, roundMs }: Effort): Promise<number> {
  const times: number[] = [];
  const deadline = performance.now() + roundMs;
  while (times.length < calls && (times.length < 5 || performance.now() < deadline)) {
    const startedAt = performance.now();
    await call();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

export type Comparison = { readonly a: Spread; readonly b: Spread; readonly ratio: Spread };

/**
 * Measures two things in turn, A B A B, so that whatever else the machine does meets both. `ratio` is B to A, round by
 * round. A round before the first one warms up.
 */
export async function compare(
  a: () => Promise<unknown>,
  b: () => Promise<unknown>,
  effort: Effort,
): Promise<Comparison> {
  const ofA: number[] = [];
  const ofB: number[] = [];
  for (let done = -1; done < effort.rounds; done += 1) {
    const [timeA, timeB] = [await round(a, effort), await round(b, effort)];
    if (done < 0) continue;
    ofA.push(timeA);
    ofB.push(timeB);
  }
  return { a: spread(ofA), b: spread(ofB), ratio: ratios(ofB, ofA) };
}
