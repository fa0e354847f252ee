import { type Figures, figuresOf } from './figures.ts';
import {
  answeredInTime,
  nothingFailed,
  readsAnswered,
  readsFast,
  unseenAnswered,
  writesFoundTheirWay,
  writesKept,
} from './request-verdicts.ts';
import type { Evidence } from './run.ts';
import {
  breakerAsExpected,
  breakerToldTheTruth,
  connectionsCameBack,
  healthToldTheTruth,
  memoryCameBack,
  processesLived,
  recovered,
} from './server-verdicts.ts';
import type { Verdict } from './verdict.ts';

/** Judges what was seen of one fault by what must be true of every one, and by what is expected of this one. */
export function judge(evidence: Evidence): { readonly figures: Figures; readonly verdicts: readonly Verdict[] } {
  const figures = figuresOf(evidence);
  return {
    figures,
    verdicts: [
      processesLived(evidence),
      answeredInTime(figures, evidence),
      ...writesKept(evidence),
      readsAnswered(figures, evidence),
      ...readsFast(figures, evidence),
      ...unseenAnswered(evidence),
      ...writesFoundTheirWay(evidence),
      breakerAsExpected(figures, evidence),
      breakerToldTheTruth(evidence),
      healthToldTheTruth(evidence),
      nothingFailed(evidence),
      recovered(figures, evidence),
      memoryCameBack(evidence),
      connectionsCameBack(evidence),
    ],
  };
}
