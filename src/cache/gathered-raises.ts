import { setImmediate as turnEnds } from 'node:timers/promises';

type Raise = (families: readonly string[], position: number | undefined) => Promise<void>;

type Gathering = { readonly families: Set<string>; position: number | undefined; readonly done: Promise<void> };

/**
 * What is raised in the same turn of the event loop is raised by one command: what it costs Redis and every process is then
 * shared by all who wrote. A lone writer waits no longer than for the turn to end.
 */
export class GatheredRaises {
  readonly #raise: Raise;
  #gathering: Gathering | undefined;

  constructor(raise: Raise) {
    this.#raise = raise;
  }

  /** Resolves and rejects as the command does. Whoever has come as far as the furthest of the positions knows all writes. */
  raise(families: readonly string[], position: number | undefined): Promise<void> {
    this.#gathering ??= { families: new Set(), position, done: this.#send() };
    for (const family of families) this.#gathering.families.add(family);
    this.#gathering.position = furthest(this.#gathering.position, position);
    return this.#gathering.done;
  }

  async #send(): Promise<void> {
    await turnEnds();
    const gathered = this.#gathering;
    this.#gathering = undefined;
    if (gathered !== undefined) await this.#raise([...gathered.families], gathered.position);
  }
}

/** A position that is not known is further than any. */
function furthest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}
