import { test } from 'tap';
import { randomNumbers } from '../../bench/random-numbers.ts';
import { isGrowing, type Sample, slopeOf } from '../../bench/soak/slope.ts';

const RUNS = 500;
const SAMPLES = 120;
const EVERY_SECONDS = 5;

test('the slope of a soak', async (t) => {
  t.test('is that of a line, without any doubt', async (t) => {
    const { perSecond, uncertainty, last } = slopeOf(samples((index) => 3 + 2 * index * EVERY_SECONDS));
    t.ok(Math.abs(perSecond - 2) < 1e-9 && uncertainty < 1e-6, `${perSecond} ± ${uncertainty}`);
    t.equal(last, 3 + 2 * 113.5 * EVERY_SECONDS);
  });

  t.test('is not made by what only a moment takes', async (t) => {
    t.equal(slopeOf(samples((index) => (index % 40 === 39 ? 1000 : 5))).perSecond, 0);
  });

  t.test('of memory that does not grow is hardly ever told to grow, however alike its samples are', async (t) => {
    const noise = randomNormal(1);
    for (const likeness of [0, 0.5, 0.8, 0.9]) {
      const wrong = shareOf(() => isGrowing(slopeOf(drifting(noise, likeness, 0))));
      t.ok(wrong < 0.08, `likeness ${likeness}: ${wrong}`);
    }
  });

  t.test('of memory that grows by more than its noise is seen', async (t) => {
    const noise = randomNormal(2);
    for (const likeness of [0, 0.5]) {
      const seen = shareOf(() => isGrowing(slopeOf(drifting(noise, likeness, 5))));
      t.ok(seen > 0.9, `likeness ${likeness}: ${seen}`);
    }
  });

  t.test('needs ten samples', async (t) => {
    t.throws(() => slopeOf(samples((index) => index).slice(0, 9)), /10 samples/);
  });
});

function samples(value: (index: number) => number): Sample[] {
  return Array.from({ length: SAMPLES }, (_, index) => ({ atSeconds: index * EVERY_SECONDS, value: value(index) }));
}

/** Noise of deviation 1 in which each sample is like the one before, and on top what is added from first to last. */
function drifting(noise: () => number, likeness: number, added: number): Sample[] {
  let state = noise();
  return samples((index) => {
    state = likeness * state + Math.sqrt(1 - likeness ** 2) * noise();
    return state + (added * index) / SAMPLES;
  });
}

function shareOf(happens: () => boolean): number {
  return Array.from({ length: RUNS }, happens).filter(Boolean).length / RUNS;
}

/** Normally distributed numbers, the same for the same seed (Box and Muller). */
function randomNormal(seed: number): () => number {
  const uniform = randomNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
