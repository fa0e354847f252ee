import type { Fault } from './faults/fault.ts';
import type { Figures } from './figures.ts';
import { type Evidence, type Pace, type RunObserver, runFault } from './run.ts';
import { setStage } from './stage.ts';
import type { Verdict } from './verdict.ts';
import { judge } from './verdicts.ts';

/** What became of one fault: it was shown and judged, or this machine cannot show it. */
export type Drilled =
  | {
      readonly fault: Fault;
      readonly evidence: Evidence;
      readonly figures: Figures;
      readonly verdicts: readonly Verdict[];
    }
  | { readonly fault: Fault; readonly obstacle: string };

export type DrillsObserver = RunObserver & {
  progress(sentence: string): void;
  begins(fault: Fault): void;
  ended(drilled: Drilled): void;
};

/**
 * Shows faults one after the other, on one PostgreSQL and one Redis and with fresh server processes each, which get
 * `settings` beyond the ordinary ones. Whatever it started is gone when it returns, and when `stop` aborts.
 */
export async function drill(
  faults: readonly Fault[],
  pace: Pace,
  observer: DrillsObserver,
  stop: AbortSignal,
  settings: Readonly<Record<string, string>> = {},
): Promise<readonly Drilled[]> {
  const stage = await setStage((sentence) => observer.progress(sentence), settings);
  const all: Drilled[] = [];
  try {
    for (const fault of faults) {
      stop.throwIfAborted();
      observer.begins(fault);
      const obstacle = await fault.obstacle(stage);
      const drilled: Drilled =
        obstacle === undefined
          ? await shown(fault, () => runFault(stage, fault, pace, observer, stop))
          : { fault, obstacle };
      all.push(drilled);
      observer.ended(drilled);
    }
    return all;
  } finally {
    await stage.remove();
  }
}

async function shown(fault: Fault, run: () => Promise<Evidence>): Promise<Drilled> {
  const evidence = await run();
  return { fault, evidence, ...judge(evidence) };
}

/** False when a verdict failed. What cannot be shown is neither. */
export function holds(drilled: Drilled): boolean {
  return 'obstacle' in drilled || drilled.verdicts.every((verdict) => verdict.holds);
}
