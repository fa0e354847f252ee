import type { Instance } from '../instance.ts';
import type { Sighting } from '../load/record.ts';
import type { Road, Stage } from '../stage.ts';

export type Scene = {
  readonly stage: Stage;
  /** The server processes; a fault that replaces one puts the new one in its place. */
  readonly instances: Instance[];
};

/** Ends what a fault began. */
export type Lift = () => Promise<void>;

/** What must be seen. Times in milliseconds. */
export type Expected = {
  /** Least share, of 1, of the reads seen before that are answered from the fault's beginning to its end. */
  readonly seenAnswered: number;
  /** The same of reads that nobody asked for before; left out where PostgreSQL is all that could answer them. */
  readonly unseenAnswered?: number;
  /** From the fault's beginning until writes are done again, although it goes on. */
  readonly writesWithinMs?: number;
  /** What /health may say once the fault must have been noticed, until it ends. */
  readonly health: readonly Sighting['health'][];
  readonly noticedWithinMs: number;
  readonly breaker: 'opens' | 'stays closed' | 'may open';
  /** From the fault's end until everything is answered again and /health says so. */
  readonly recoversWithinMs: number;
};

export type Fault = {
  /** As typed: --fault NAME. */
  readonly name: string;
  /** What is done, in one sentence. */
  readonly sentence: string;
  readonly road: Road;
  readonly instances: 1 | 2;
  /** False for what is over in a moment. */
  readonly lasts: boolean;
  /** Why it cannot be shown on this machine; undefined where it can. */
  obstacle(stage: Stage): Promise<string | undefined>;
  begin(scene: Scene): Promise<Lift>;
  readonly expected: Expected;
};

/** What most faults have in common. */
export const ORDINARY = {
  road: 'direct',
  instances: 1,
  lasts: true,
  obstacle: async () => undefined,
} as const;

/** PostgreSQL is away: what was read is still answered, health says so, and it comes back by itself. */
export const POSTGRES_AWAY: Expected = {
  seenAnswered: 1,
  health: ['degraded'],
  noticedWithinMs: 3000,
  breaker: 'opens',
  recoversWithinMs: 8000,
};

/** Whatever happens, what was read is answered; whether that is an outage depends on the moment. */
export const POSTGRES_ILL: Expected = { ...POSTGRES_AWAY, health: ['degraded', 'healthy'], breaker: 'may open' };

/** Redis is a cache: without it everything is answered by PostgreSQL. */
export const REDIS_AWAY: Expected = {
  seenAnswered: 1,
  health: ['degraded'],
  noticedWithinMs: 3000,
  breaker: 'stays closed',
  recoversWithinMs: 5000,
};
