import type { Fault } from '../../src/drill/faults/fault.ts';
import { faults } from '../../src/drill/faults/faults.ts';

const NAMES = [
  'postgres-killed',
  'postgres-frozen',
  'postgres-restarted',
  'postgres-back-ends-ended',
  'postgres-unreachable',
  'postgres-reset',
  'redis-killed',
  'redis-frozen',
  'redis-emptied',
  'redis-unreachable',
  'both-killed',
];

/** One fault of a soak, and how long it and the calm before it last, in milliseconds. */
export type SoakFault = { readonly fault: Fault; readonly calmMs: number; readonly faultMs: number };

/** Faults without end; the same ones for the same seed. */
export function* soakFaults(seed: number): Generator<SoakFault, never> {
  const random = randomNumbers(seed);
  const between = (least: number, most: number) => Math.round(least + (most - least) * random());
  const known = faults.filter(({ name }) => NAMES.includes(name));
  for (;;) {
    const fault = known[Math.floor(random() * known.length)];
    if (fault === undefined) throw new Error('There is no fault for a soak.');
    yield { fault, calmMs: between(4000, 12_000), faultMs: between(2000, 10_000) };
  }
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
