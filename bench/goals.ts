import type { Spread } from './spread.ts';
import { times as inTimes, inWords } from './spread.ts';

export type Verdict = 'met' | 'missed' | 'not measured' | 'no goal';

/** One line of a table: what was measured, what it was held against, and whether its goal is met. */
export type GoalLine = {
  readonly what: string;
  /** What was measured, in words; where it was not measured, why. */
  readonly figure: string;
  /** The same of what it is held against, and what that is; empty where it is held against nothing. */
  readonly beside: string;
  readonly ratio?: Spread;
  /** Empty where there is none. */
  readonly goal: string;
  /** What the ratio should be, where the goal is about that. */
  readonly goalRatio?: number;
  readonly verdict: Verdict;
};

type Judged = Pick<GoalLine, 'goal' | 'goalRatio' | 'verdict'>;

export const NO_GOAL: Judged = { goal: '', verdict: 'no goal' };

export function goal(words: string, isMet: boolean): Judged {
  return { goal: words, verdict: isMet ? 'met' : 'missed' };
}

export function ratioAtLeast(ratio: Spread, least: number): Judged & Pick<GoalLine, 'ratio'> {
  return { ratio, goalRatio: least, ...ofRatio(ratio, goal(`≥ ${least} ×`, ratio.median >= least)) };
}

export function ratioAtMost(ratio: Spread, most: number): Judged & Pick<GoalLine, 'ratio'> {
  return { ratio, goalRatio: most, ...ofRatio(ratio, goal(`≤ ${most} ×`, ratio.median <= most)) };
}

/** A ratio to nothing, or of nothing, says nothing. */
function ofRatio({ median }: Spread, judged: Judged): Judged {
  return Number.isFinite(median) ? judged : { ...judged, verdict: 'not measured' };
}

/** The line as it is; where its measurement failed its figure says so, and nothing about its goal. */
export function unlessFailed(line: GoalLine, failures: readonly string[]): GoalLine {
  const [first] = failures;
  if (first === undefined || line.verdict === 'no goal') return line;
  return { ...line, figure: `${line.figure}; failed: ${first}`, verdict: 'not measured' };
}

export function notMeasured(what: string, why: string, wanted = ''): GoalLine {
  return { what, figure: why, beside: '', goal: wanted, verdict: 'not measured' };
}

/** Those that have a goal, or were not measured. */
export function withGoal(lines: readonly GoalLine[]): GoalLine[] {
  return lines.filter(({ verdict }) => verdict !== 'no goal');
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  met: 'met',
  missed: '**missed**',
  'not measured': '*not measured*',
  'no goal': '',
};

/** The lines as a table in Markdown. */
export function goalTable(lines: readonly GoalLine[]): string {
  return [
    '| what | | goal | ratio | measured | beside it |',
    '| --- | --- | --: | --: | --: | --: |',
    ...lines.map(({ what, figure, beside, ratio, goal: wanted, verdict }) => {
      const times = ratio === undefined ? '' : inWords(ratio, inTimes);
      return `| ${[what, VERDICTS[verdict], wanted, times, figure, beside].map(asCell).join(' | ')} |`;
    }),
  ].join('\n');
}

/** Text that cannot end a cell or a line: a figure may be somebody's error message. */
function asCell(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '/');
}
