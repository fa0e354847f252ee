import type { WriteStream } from 'node:tty';
import { latenciesOf } from './figures.ts';
import { OUTCOMES, type Outcome } from './load/record.ts';
import type { LoadControl } from './load-control.ts';
import type { Phase } from './run.ts';
import { duration, OUTCOME_WORDS } from './words.ts';

const EVERY_MS = 250;
/** Lines without a terminal, one a second. */
const PLAIN_EVERY = 4;
const WINDOW_MS = 1000;
const GRAPH_SECONDS = 60;
const LEVELS = ' ▁▂▃▄▅▆▇█';
const COLOURS: Readonly<Record<Outcome, number>> = {
  answered: 32,
  stale: 36,
  refused: 33,
  unknown: 35,
  failed: 31,
  hung: 31,
};

/** Shows a run while it goes on: a block that is drawn anew on terminals, a line a second elsewhere. */
export class Live {
  readonly #out: WriteStream;
  #timer: NodeJS.Timeout | undefined;
  #phase: Phase = 'warming up';
  #load: LoadControl | undefined;
  #beganAt = 0;
  #drawn = 0;
  #turn = 0;

  constructor(out: WriteStream) {
    this.#out = out;
  }

  phase(phase: Phase, load: LoadControl): void {
    if (this.#load !== load) this.#beganAt = Date.now();
    this.#load = load;
    this.#phase = phase;
    this.#timer ??= setInterval(() => this.#look(), EVERY_MS);
    this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#load = undefined;
    this.#drawn = 0;
  }

  #look(): void {
    this.#turn += 1;
    if (this.#out.isTTY || this.#turn % PLAIN_EVERY === 0) this.#draw();
  }

  #draw(): void {
    if (this.#load === undefined) return;
    if (!this.#out.isTTY) {
      this.#out.write(`  ${this.#summary(false)}\n`);
      return;
    }
    const block = [this.#summary(true), ...this.#graph()];
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}F` : '';
    this.#drawn = block.length;
    const width = this.#out.columns;
    this.#out.write(`${up}${block.map((line) => `\x1b[2K  ${clipped(line, width - 3)}`).join('\n')}\n`);
  }

  #summary(coloured: boolean): string {
    const { records = [], sightings = [] } = this.#load ?? {};
    const from = Date.now() - WINDOW_MS;
    const recent = recentOf(records, from);
    const outcomes = OUTCOMES.map((outcome) => ({
      outcome,
      count: recent.filter((record) => record.outcome === outcome).length,
    })).filter(({ count }) => count > 0);
    const p99 = latenciesOf(recent.map(({ ms }) => ms)).p99;
    const { health, breaker } = sightings.at(-1) ?? {};
    const paint = (colour: number, text: string) => (coloured ? `\x1b[${colour}m${text}\x1b[0m` : text);
    return [
      `${((Date.now() - this.#beganAt) / 1000).toFixed(0).padStart(3)} s`,
      paint(this.#phase === 'fault' ? 41 : 1, ` ${this.#phase} `),
      `breaker ${breaker ?? '?'}`,
      `health ${health ?? '?'}`,
      `p99 ${duration(p99)}`,
      outcomes
        .map(({ outcome, count }) => paint(COLOURS[outcome], `${count} ${OUTCOME_WORDS[outcome]}`))
        .join(', '),
    ].join('  ');
  }

  /** One row of bars for each outcome that was seen: a bar a second, its height the number of requests. */
  #graph(): string[] {
    const { records = [] } = this.#load ?? {};
    const first = Math.max(this.#beganAt, Date.now() - GRAPH_SECONDS * 1000);
    const seconds = Math.ceil((Date.now() - first) / 1000);
    const most = Math.max(1, ...this.#perSecond(records, first, seconds));
    return OUTCOMES.filter((outcome) => records.some((record) => record.outcome === outcome)).map((outcome) => {
      const counts = this.#perSecond(
        records.filter((record) => record.outcome === outcome),
        first,
        seconds,
      );
      const bars = counts.map((count) => LEVELS[Math.ceil((count / most) * (LEVELS.length - 1))] ?? ' ').join('');
      return `${OUTCOME_WORDS[outcome].padEnd(22)}\x1b[${COLOURS[outcome]}m${bars}\x1b[0m`;
    });
  }

  #perSecond(records: readonly { readonly at: number }[], first: number, seconds: number): number[] {
    const counts = Array.from({ length: seconds }, () => 0);
    for (const { at } of records) {
      const second = Math.floor((at - first) / 1000);
      if (second >= 0 && second < seconds) counts[second] = (counts[second] ?? 0) + 1;
    }
    return counts;
  }
}

/** Records come nearly in order: only the end of them needs to be looked at. */
function recentOf<Seen extends { readonly at: number }>(records: readonly Seen[], from: number): readonly Seen[] {
  return records.slice(-1000).filter(({ at }) => at >= from);
}

/** Cuts a line at the terminal's edge, colours not counted; a wrapped line would break the block. */
function clipped(line: string, width: number): string {
  let room = width;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are steered by them
  return line.replace(/\x1b\[\d+m|./gu, (piece) => {
    if (piece.length > 2) return piece;
    room -= 1;
    return room >= 0 ? piece : '';
  });
}
