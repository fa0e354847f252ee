import type { Fault } from './fault.ts';
import { postgresFaults } from './postgres-faults.ts';

/** Everything that is done to Steadfast, in the order of the report. */
export const faults: readonly Fault[] = [...postgresFaults];

export const DEFAULT_FAULT = 'postgres-killed';
