import type { Fault } from '../../src/drill/faults/fault.ts';
import { faults } from '../../src/drill/faults/faults.ts';
import { randomNumbers } from '../random-numbers.ts';

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
