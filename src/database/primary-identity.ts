import type { ProbeAnswer } from './probe-connection.ts';

/**
 * Notices when the data is not the continuation of what was there before: another server was promoted, so that the last
 * writes of the former primary may be missing, or another database has the name now, after a restore.
 */
export class PrimaryIdentity {
  readonly #onReplaced: () => void;
  #known: string | undefined;

  constructor(onReplaced: () => void) {
    this.#onReplaced = onReplaced;
  }

  seen({ databaseId, timeline }: ProbeAnswer): void {
    // A standby that stands for the only primary there is says nothing of its timeline.
    if (timeline === undefined) return;
    const identity = `${databaseId} on timeline ${timeline}`;
    const isReplaced = this.#known !== undefined && this.#known !== identity;
    this.#known = identity;
    if (isReplaced) this.#onReplaced();
  }
}
