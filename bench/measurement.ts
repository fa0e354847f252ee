import type { GoalLine } from './goals.ts';
import type { Machine } from './machine.ts';

/** What the command line may say; each measurement takes what is its own. */
export type BenchOptions = {
  /** Of the large blog. */
  readonly articles: number;
  readonly rounds: number;
  readonly measureMs: number;
  readonly outages: number;
  /** The parts to measure, of measurements that have parts; all of them if left out. */
  readonly parts: readonly string[] | undefined;
  readonly soakMs: number;
  readonly ratePerSecond: number;
  readonly seed: number;
};

export type Context = {
  /** Is called when the measurement is over, however it ended. */
  readonly cleanUp: (task: () => Promise<void> | void) => void;
  readonly progress: (sentence: string) => void;
};

export type Report = {
  /** What was measured, with its goals. */
  readonly lines: readonly GoalLine[];
  /** Drawings, as HTML. */
  readonly plots: readonly string[];
  /** All of it in words and tables. */
  readonly markdown: string;
  /** Everything that was measured, for the JSON file. */
  readonly result: object;
  /** Further files, by name. */
  readonly files?: readonly (readonly [name: string, text: string])[];
  /** Why figures cannot be trusted, or which promise was broken. */
  readonly failures?: readonly string[];
};

export type Measurement = {
  /** What it measures, for the help. */
  readonly sentence: string;
  /** What it can be asked for alone. */
  readonly parts?: readonly string[];
  run(options: BenchOptions, context: Context): Promise<Report>;
};

/** A measurement as it is kept: its report, when it was made, and on what. */
export type Measured = Omit<Report, 'files'> & {
  readonly name: string;
  readonly sentence: string;
  readonly at: string;
  readonly seconds: number;
  /** The share of the processors that the host gave to other machines meanwhile, from 0 to 1. */
  readonly stolen?: number | undefined;
  readonly machine: Machine;
};
