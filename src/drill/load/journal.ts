export type FactKind = 'article' | 'comment' | 'favorite' | 'follow' | 'account';

/** What a write was answered with: done; not done, for certain; or nobody can say. */
export type Settlement = 'acknowledged' | 'refused' | 'unknown';

/** What PostgreSQL must say of one thing: its value, or null where it must not exist. */
export type Fact = {
  readonly kind: FactKind;
  /** What the thing is found by in PostgreSQL: see written.ts. */
  readonly key: string;
  readonly value: string | null;
  /** How the last write to it was settled. */
  readonly settled: Settlement;
};

type Entry = {
  readonly kind: FactKind;
  readonly key: string;
  /** Undefined as long as nobody knows what it was before the first write. */
  value: string | null | undefined;
  settled: Settlement | undefined;
  busy: boolean;
  /** What later requests need to name it by: a slug, an id, an author. */
  details: Readonly<Record<string, string>>;
};

/** One thing, held for one write: nobody else writes to it meanwhile. */
export type Hold = {
  readonly details: Readonly<Record<string, string>>;
  settle(settlement: Settlement, details?: Readonly<Record<string, string>>): void;
};

/**
 * What was written, as far as the answers say. A thing whose last write may have happened or not is never written to
 * again: what comes of it then could belong to either write.
 */
export class Journal {
  readonly #entries = new Map<string, Entry>();

  /** Holds something new, which does not exist before. `details` are what later requests need to know of it. */
  holdNew(kind: FactKind, key: string, value: string, details: Entry['details'] = {}): Hold {
    const entry: Entry = { kind, key, value: null, settled: undefined, busy: false, details };
    this.#entries.set(nameOf(kind, key), entry);
    return this.#held(entry, value);
  }

  /** Holds what may be there or not. Undefined while somebody else holds it, or when its state is not known. */
  hold(kind: FactKind, key: string, value: string | null): Hold | undefined {
    const known = this.#entries.get(nameOf(kind, key));
    if (known?.busy || known?.settled === 'unknown') return undefined;
    const entry = known ?? { kind, key, value: undefined, settled: undefined, busy: false, details: {} };
    this.#entries.set(nameOf(kind, key), entry);
    return this.#held(entry, value);
  }

  /** Holds the oldest thing of that kind that exists for certain, to give it another value. */
  holdExisting(kind: FactKind, value: string | null): Hold | undefined {
    for (const entry of this.#entries.values()) {
      const exists = typeof entry.value === 'string' && entry.settled !== 'unknown';
      if (entry.kind === kind && exists && !entry.busy) return this.#held(entry, value);
    }
    return undefined;
  }

  /** Everything whose state is known for certain. What was not answered yet is not. */
  facts(): Fact[] {
    return [...this.#entries.values()].flatMap(({ kind, key, value, settled, busy }) =>
      busy || value === undefined || settled === undefined || settled === 'unknown'
        ? []
        : [{ kind, key, value, settled }],
    );
  }

  #held(entry: Entry, value: string | null): Hold {
    entry.busy = true;
    return {
      details: entry.details,
      settle: (settlement, details) => {
        entry.busy = false;
        entry.settled = settlement;
        if (settlement === 'acknowledged') entry.value = value;
        if (details !== undefined) entry.details = { ...entry.details, ...details };
      },
    };
  }
}

const nameOf = (kind: FactKind, key: string) => `${kind} ${key}`;
