import { readFile } from 'node:fs/promises';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

const holdSchema = Type.Object({
  state: Type.Enum(['open', 'closed']),
  since: Type.String({ format: 'date-time' }),
  until: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  reason: Type.String({ maxLength: 200 }),
});

/** A person's word that the breaker stays open, or closed, for maintenance. */
export type Hold = Static<typeof holdSchema>;

/** @throws {TypeError} when the text is no hold */
export function parseHold(text: string): Hold {
  const hold: unknown = JSON.parse(text);
  if (!Value.Check(holdSchema, hold)) throw new TypeError('not a hold of the breaker');
  return hold;
}

/**
 * The hold that the file has; undefined where there is none, or its time is over.
 * @throws {Error} when the file cannot be read, or has no hold
 */
export async function readHold(path: string): Promise<Hold | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const hold = text === '' ? undefined : parseHold(text);
  return hold !== undefined && !isOver(hold) ? hold : undefined;
}

const LOOK_EVERY_MS = 500;

/**
 * Watches the file in which `npm run breaker` holds the breaker: a file works while PostgreSQL and Redis do not, needs
 * no secret, and outlives a restart in the middle of maintenance.
 */
export class HoldFile {
  readonly #path: string;
  readonly #onChange: (hold: Hold | undefined) => void;
  readonly #onUnreadable: (error: unknown) => void;
  #known = 'null';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    path: string,
    handlers: { onChange: (hold: Hold | undefined) => void; onUnreadable: (error: unknown) => void },
  ) {
    this.#path = path;
    this.#onChange = handlers.onChange;
    this.#onUnreadable = handlers.onUnreadable;
  }

  /** Looks at once, then all the time. */
  async start(): Promise<void> {
    await this.#look();
    if (!this.#stopped) this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const current = await readHold(this.#path);
      const known = JSON.stringify(current ?? null);
      if (known === this.#known) return;
      this.#known = known;
      this.#onChange(current);
    } catch (error) {
      const known = `unreadable: ${String(error)}`;
      if (known === this.#known) return;
      this.#known = known;
      this.#onUnreadable(error);
      this.#onChange(undefined);
    }
  }
}

function isOver({ until }: Hold): boolean {
  return until !== null && Date.parse(until) <= Date.now();
}
