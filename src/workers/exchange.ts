import type { FromPrimary, FromWorker } from './messages.ts';
import { afterReading } from './patience.ts';
import type { WorkersState } from './peers.ts';

/** A worker as the exchange knows it. */
export type Member = {
  readonly pid: number;
  /** How many messages it has not taken yet. */
  readonly backlog: number;
  send(message: FromPrimary): void;
};

/** Adds what a worker said last, before it ended, to what is kept of those that ended before it. */
export type Keep = (kept: Promise<unknown> | undefined, last: unknown) => Promise<unknown>;

type Round = {
  readonly waiting: Set<Member>;
  readonly answers: Map<Member, unknown>;
  readonly over: () => void;
};

type RoundOptions = {
  readonly to: readonly Member[];
  readonly awaited: readonly Member[];
  readonly limitMs: number;
  readonly late: Set<Member>;
  readonly message: (number: number) => FromPrimary;
};

/** How long a worker may take for an answer. */
const ANSWER_LIMIT_MS = 500;
/** How long whoever spreads news waits until the others have dealt with it. */
const NEWS_LIMIT_MS = 100;
/** So many messages are kept for one that takes none. It asks for what it missed when it goes on (cache/standstill.ts). */
const LONGEST_BACKLOG = 1000;

/**
 * The primary's side of all channels: carries questions and news to all workers, and their answers back. Nobody waits
 * twice for a worker that hangs. One that does not answer a question is silent from then on, and what it said last stands
 * for it until it answers. One that is late with news is slow: it is asked as before, but its news wait for it.
 */
export class Exchange {
  readonly #members = new Set<Member>();
  readonly #silent = new Set<Member>();
  readonly #slow = new Set<Member>();
  readonly #rounds = new Map<number, Round>();
  readonly #last = new Map<string, Map<Member, unknown>>();
  readonly #keep: Readonly<Record<string, Keep>>;
  readonly #kept = new Map<string, Promise<unknown>>();
  #lastNumber = 0;

  /** `keep` says of which topics something is kept of workers that have ended, and how. */
  constructor(keep: Readonly<Record<string, Keep>>) {
    this.#keep = keep;
  }

  /** Process ids of those that did not answer in time. */
  get silent(): readonly number[] {
    return [...this.#silent].map(({ pid }) => pid);
  }

  add(member: Member): void {
    this.#members.add(member);
  }

  /** It has ended. */
  remove(member: Member): void {
    this.#members.delete(member);
    this.#silent.delete(member);
    this.#slow.delete(member);
    for (const [topic, keep] of Object.entries(this.#keep)) {
      const last = this.#last.get(topic)?.get(member);
      if (last !== undefined) this.#kept.set(topic, keep(this.#kept.get(topic), last));
    }
    for (const answers of this.#last.values()) answers.delete(member);
    for (const round of this.#rounds.values()) this.#cross(round, member);
  }

  /** A worker asks the others something, answers, or spreads news. `state` is told along with what the others say. */
  async received(member: Member, message: FromWorker, state: () => WorkersState): Promise<void> {
    if (message.says === 'answers') this.#answered(member, message.number, message.answer);
    if (message.says === 'asks') {
      const answers = await this.gather(message.topic);
      member.send({ says: 'answers', number: message.number, answers, workers: state() });
    }
    if (message.says === 'spreads') {
      await this.#spread(message.topic, message.news, member);
      member.send({ says: 'spread', number: message.number });
    }
  }

  #answered(member: Member, number: number, answer: unknown): void {
    this.#silent.delete(member);
    this.#slow.delete(member);
    const round = this.#rounds.get(number);
    if (round === undefined || !round.waiting.has(member)) return;
    round.answers.set(member, answer);
    this.#cross(round, member);
  }

  /** What all know of the topic, whatever is kept of former workers included. */
  async gather(topic: string): Promise<readonly unknown[]> {
    const asked = [...this.#members].filter((member) => !this.#silent.has(member));
    const message = (number: number): FromPrimary => ({ says: 'asks', number, topic });
    const answers = await this.#round({
      ...{ to: asked, awaited: asked, limitMs: ANSWER_LIMIT_MS, late: this.#silent, message },
    });
    const last = this.#last.get(topic) ?? new Map<Member, unknown>();
    this.#last.set(topic, last);
    for (const [member, answer] of answers) {
      if (answer !== undefined && this.#members.has(member)) last.set(member, answer);
    }
    return [...last.values(), await this.#kept.get(topic)].filter((answer) => answer !== undefined);
  }

  /** Tells all others. Resolves when they have dealt with it, or are too slow. */
  async #spread(topic: string, news: unknown, from: Member): Promise<void> {
    const others = [...this.#members].filter((one) => one !== from && one.backlog < LONGEST_BACKLOG);
    const awaited = others.filter((member) => !this.#silent.has(member) && !this.#slow.has(member));
    const message = (number: number): FromPrimary => ({ says: 'news', number, topic, news });
    await this.#round({ to: others, awaited, limitMs: NEWS_LIMIT_MS, late: this.#slow, message });
  }

  /** Resolves with the answers of those that are awaited; `late` takes those that have not answered in time. */
  #round({ to, awaited, limitMs, late, message }: RoundOptions): Promise<ReadonlyMap<Member, unknown>> {
    const waiting = new Set(awaited);
    const answers = new Map<Member, unknown>();
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    for (const member of to) member.send(message(number));
    if (waiting.size === 0) return Promise.resolve(answers);
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        this.#rounds.delete(number);
        resolve(answers);
      };
      const end = () => {
        if (this.#rounds.get(number) !== round) return;
        for (const member of waiting) late.add(member);
        over();
      };
      const timer = afterReading(limitMs, end);
      const round = { waiting, answers, over };
      this.#rounds.set(number, round);
    });
  }

  #cross(round: Round, member: Member): void {
    if (round.waiting.delete(member) && round.waiting.size === 0) round.over();
  }
}
