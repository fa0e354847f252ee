import type { Fault } from './faults/fault.ts';
import type { Figures } from './figures.ts';
import { type Evidence, type Pace, type RunObserver, runFault } from './run.ts';
import { setStage } from './stage.ts';
import type { Verdict } from './verdict.ts';
import { judge } from './verdicts.ts';

export type Shown = {
  readonly fault: Fault;
  readonly evidence: Evidence;
  readonly figures: Figures;
  readonly verdicts: readonly Verdict[];
};

/** What became of one fault: it was shown and judged, this machine cannot show it, or something else went wrong. */
export type Drilled =
  | Shown
  | { readonly fault: Fault; readonly obstacle: string }
  | { readonly fault: Fault; readonly failure: string };

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
          ? await shown(fault, () => runFault(stage, fault, pace, observer, stop), stop)
          : { fault, obstacle };
      all.push(drilled);
      observer.ended(drilled);
    }
    return all;
  } finally {
    await stage.remove();
  }
}

async function shown(fault: Fault, run: () => Promise<Evidence>, stop: AbortSignal): Promise<Drilled> {
  try {
    const evidence = await run();
    return { fault, evidence, ...judge(evidence) };
  } catch (error) {
    stop.throwIfAborted();
    return { fault, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** False when a verdict failed, or there is none for a reason that nobody foresaw. */
export function holds(drilled: Drilled): boolean {
  if ('obstacle' in drilled) return true;
  return 'verdicts' in drilled && drilled.verdicts.every((verdict) => verdict.holds);
}
