import { type Condition, wellState } from './conditions.ts';

/** One thing that is not as it was when it was last told. */
export type Change = Condition & { readonly subject: string; readonly from: string };

export type ConditionWatchOptions = {
  readonly look: () => ReadonlyMap<string, Condition>;
  /** Is given what changed, never nothing. */
  readonly tell: (changes: readonly Change[]) => void;
  /** How long changes are gathered before they are told together, in milliseconds. */
  readonly gatherMs?: number;
  /** The least time between two messages, in milliseconds. */
  readonly pauseMs?: number;
};

const LOOK_MS = 500;
const GATHER_MS = 2000;
const PAUSE_MS = 30_000;
const RETELL_MS = 600_000;

/**
 * Compares how things are with how they were last told. An outage changes many things within a second: they are told
 * together. What has changed back in the meantime is not told at all, so that nothing is told twice. Only what did not
 * arrive is told anew, with everything else.
 */
export class ConditionWatch {
  readonly #look: () => ReadonlyMap<string, Condition>;
  readonly #tell: (changes: readonly Change[]) => void;
  readonly #gatherMs: number;
  readonly #pauseMs: number;
  readonly #told = new Map<string, string>();
  #changedAt: number | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #retellAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ look, tell, gatherMs = GATHER_MS, pauseMs = PAUSE_MS }: ConditionWatchOptions) {
    this.#look = look;
    this.#tell = tell;
    this.#gatherMs = gatherMs;
    this.#pauseMs = pauseMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(performance.now()), Math.min(LOOK_MS, this.#gatherMs)).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Something that was told has not arrived: in ten minutes everything is told, whether it has changed or not. */
  retellLater(now: number): void {
    this.#retellAt ??= now + RETELL_MS;
  }

  /** One look, at a time of a clock that only goes forward, in milliseconds. */
  look(now: number): void {
    const current = this.#look();
    const isRetelling = this.#retellAt !== undefined && now >= this.#retellAt;
    const changes = [...current].flatMap(([subject, condition]): Change[] => {
      const from = isRetelling ? 'unknown' : (this.#told.get(subject) ?? wellState(subject));
      return condition.state === from ? [] : [{ subject, from, ...condition }];
    });
    // From the first difference on, even if it comes and goes: something that flaps must be told too.
    if (changes.length > 0) this.#changedAt ??= now;
    if (this.#changedAt === undefined) return;
    if (now - this.#changedAt < this.#gatherMs || now - this.#toldAt < this.#pauseMs) return;
    this.#changedAt = undefined;
    if (changes.length === 0) return;
    for (const { subject, state } of changes) this.#told.set(subject, state);
    this.#toldAt = now;
    if (isRetelling) this.#retellAt = undefined;
    this.#tell(changes);
  }
}
