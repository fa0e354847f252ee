/** What Redis has under a family's generation key and under an entry's key. */
type Values = readonly [stamp: Buffer | null, entry: Buffer | null];

type Reader = {
  readonly entryKey: string;
  readonly resolve: (values: Values) => void;
  readonly reject: (error: unknown) => void;
};

const MOST_TOGETHER = 100;

/**
 * Entries of one family that are asked for in the same turn of the event loop are read by one command (MGET): what a
 * command costs this process is then shared by all of them. A lone reader waits no longer than for the turn to end.
 */
export class GatheredReads {
  readonly #mget: (keys: string[]) => Promise<(Buffer | null)[]>;
  /** By generation key. */
  #waiting = new Map<string, Reader[]>();

  constructor(mget: (keys: string[]) => Promise<(Buffer | null)[]>) {
    this.#mget = mget;
  }

  /** Rejects as the command that read them does. */
  read(generationKey: string, entryKey: string): Promise<Values> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) setImmediate(() => this.#send());
      const reader = { entryKey, resolve, reject };
      const waiting = this.#waiting.get(generationKey);
      if (waiting === undefined) this.#waiting.set(generationKey, [reader]);
      else waiting.push(reader);
    });
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [generationKey, readers] of waiting) {
      while (readers.length > 0) void this.#readTogether(generationKey, readers.splice(0, MOST_TOGETHER));
    }
  }

  async #readTogether(generationKey: string, readers: readonly Reader[]): Promise<void> {
    try {
      const keys = readers.map(({ entryKey }) => entryKey);
      const [stamp = null, ...entries] = await this.#mget([generationKey, ...keys]);
      for (const [index, { resolve }] of readers.entries()) resolve([stamp, entries[index] ?? null]);
    } catch (error) {
      for (const { reject } of readers) reject(error);
    }
  }
}
