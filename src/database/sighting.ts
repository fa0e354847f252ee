import type { ConnectionProblem } from './errors.ts';

/** What the supervisor last saw. Health reports this and never waits for the database itself. */
export type DatabaseSighting = {
  readonly state: 'unknown' | 'up' | 'down';
  readonly probedAt: Date | undefined;
  readonly lastSeenUpAt: Date | undefined;
  readonly nextProbeAt: Date | undefined;
  readonly latencyMs: number | undefined;
  readonly serverVersion: string | undefined;
  readonly readOnly: boolean | undefined;
  readonly standby: boolean | undefined;
  /** How far it had come, in bytes of write-ahead log; it only rises. */
  readonly position: number | undefined;
  /** @see ProbeAnswer */
  readonly timeline: number | undefined;
  readonly problem: { readonly kind: ConnectionProblem; readonly message: string } | undefined;
};

/** Before the first look. */
export const UNSEEN: DatabaseSighting = {
  state: 'unknown',
  probedAt: undefined,
  lastSeenUpAt: undefined,
  nextProbeAt: undefined,
  latencyMs: undefined,
  serverVersion: undefined,
  readOnly: undefined,
  standby: undefined,
  position: undefined,
  timeline: undefined,
  problem: undefined,
};
