import type { ProbeAnswer } from './probe-connection.ts';

type Identity = { readonly databaseId: string; readonly timeline: number };

export type IdentityObserver = {
  /** Another server was promoted: the last writes of the former primary may be missing. */
  promoted(): void;
  /** Another database has the name now, as after a restore. */
  replaced(): void;
};

/** Notices when the data is not simply the continuation of what was there before. */
export class PrimaryIdentity {
  readonly #observer: IdentityObserver;
  #known: Identity | undefined;

  constructor(observer: IdentityObserver) {
    this.#observer = observer;
  }

  seen({ databaseId, standby, timeline }: ProbeAnswer): void {
    // A standby that stands for the only primary there is does not know its timeline for certain.
    if (standby) return;
    const known = this.#known;
    this.#known = { databaseId, timeline };
    if (known === undefined) return;
    if (known.databaseId !== databaseId) this.#observer.replaced();
    else if (known.timeline !== timeline) this.#observer.promoted();
  }
}
