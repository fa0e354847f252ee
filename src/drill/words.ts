import type { Outcome, RequestRecord } from './load/record.ts';

const EXAMPLES = 3;
const BUSY_MS = 300;

/** What outcomes are called where people read them. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  answered: 'answered',
  stale: 'answered, marked old',
  refused: 'refused with 503',
  unknown: 'outcome unknown (503)',
  failed: 'failed otherwise',
  hung: 'no answer',
};

/** Milliseconds as people say them: 4.2 ms, 310 ms, 2.5 s; a dash for none. */
export function duration(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return '–';
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A warning where the machine was too busy for figures that mean something, from the p99 before the fault; else nothing. */
export function busyNote(p99BeforeMs: number): string {
  if (p99BeforeMs < BUSY_MS) return '';
  return `This machine was busy with other things: without any fault the slowest hundredth took ${duration(p99BeforeMs)}. Its figures say little; repeat it on a quiet one.`;
}

/** A share of 1, never rounded up to everything. */
export function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}

/** Milliseconds within a sentence that names the unit itself. */
export const round = (ms: number): string => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));

export const requestInWords = ({ route, said, ms }: RequestRecord): string =>
  `${route} said ${said} after ${round(ms)} ms`;

/** The first few different ones, to be put at the end of a sentence. */
export function examples(sentences: readonly string[]): string {
  return sentences.length === 0 ? '' : `: ${[...new Set(sentences)].slice(0, EXAMPLES).join('; ')}`;
}
