import type { Instance } from '../instance.ts';
import type { Sighting } from '../load/record.ts';
import type { Road, Stage } from '../stage.ts';

export type Scene = {
  readonly stage: Stage;
  /** The server processes; a fault that replaces one puts the new one in its place. */
  readonly instances: Instance[];
};

/** What must be seen. Times in milliseconds. */
export type Expected = {
  /** Least share, of 1, of the reads seen before that are answered from the fault's beginning to its end. */
  readonly seenAnswered: number;
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
  /** What is broken, for the order of the table. */
  readonly about: 'PostgreSQL' | 'Redis' | 'both' | 'Steadfast';
  readonly road: Road;
  readonly instances: 1 | 2;
  /** False for what is over in a moment. */
  readonly lasts: boolean;
  /** Why it cannot be shown on this machine; undefined where it can. */
  obstacle(stage: Stage): Promise<string | undefined>;
  /** Begins it; returns how it ends. */
  begin(scene: Scene): Promise<() => Promise<void>>;
  readonly expected: Expected;
};
