import { bothFaults } from './both-faults.ts';
import { diskFull } from './disk-full-fault.ts';
import type { Fault } from './fault.ts';
import { postgresNetworkFaults, redisNetworkFaults } from './network-faults.ts';
import { postgresInsideFaults } from './postgres-inside-faults.ts';
import { postgresProcessFaults } from './postgres-process-faults.ts';
import { redisFaults } from './redis-faults.ts';
import { replicaFaults } from './replica-faults.ts';
import { serverFaults } from './server-faults.ts';

/** Everything that is done to Steadfast, in the order of the report. */
export const faults: readonly Fault[] = [
  ...postgresProcessFaults,
  ...postgresInsideFaults,
  diskFull,
  ...postgresNetworkFaults,
  ...redisFaults,
  ...redisNetworkFaults,
  ...bothFaults,
  ...serverFaults,
  ...replicaFaults,
];

export const DEFAULT_FAULT = 'postgres-killed';
