import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than an announcement may take to be heard by another instance, on a machine with too much to do. */
const ANNOUNCED_WITHIN_MS = 250;

type Write = { readonly key: string; readonly version: number };

/**
 * What must be true of caches in front of a source with counters, kept beside them: every write adds one to its key.
 * The source is a log of writes; its position is its length. A replica has the same log, up to where it has come.
 */
export class CacheModel {
  readonly #log: string[] = [];
  #replicated = 0;
  /** What a reader of an instance who comes now must be given at least, by instance and key. */
  readonly #floors: Map<string, number>[];
  readonly #announced: (Write & { readonly at: number })[] = [];
  readonly #unannounced: Write[][];
  readonly #isolated: boolean[];
  readonly #timers = new Set<Promise<void>>();

  constructor(instances: number) {
    this.#floors = Array.from({ length: instances }, () => new Map());
    this.#unannounced = Array.from({ length: instances }, () => []);
    this.#isolated = Array.from({ length: instances }, () => false);
  }

  get position(): number {
    return this.#log.length;
  }

  get latest(): (key: string) => number {
    return (key) => this.#versionAt(key, this.#log.length);
  }

  commit(key: string): Write {
    this.#log.push(key);
    return { key, version: this.latest(key) };
  }

  /** The replica catches up with a part of what it has not got yet. */
  replicate(part: number): void {
    this.#replicated += Math.ceil((this.#log.length - this.#replicated) * part);
  }

  /** What a load finds now: the replica's, where that is known to be enough. */
  select(key: string, position: number | undefined): number {
    const enough = position !== undefined && this.#replicated >= position;
    return this.#versionAt(key, enough ? this.#replicated : this.#log.length);
  }

  floor(instance: number, key: string): number {
    return this.#floors[instance]?.get(key) ?? 0;
  }

  /** The newest write of the key that Redis has heard of. */
  announcedVersion(key: string): number {
    return Math.max(0, ...this.#announced.filter((write) => write.key === key).map(({ version }) => version));
  }

  /** The writer has raised the family. `told`: Redis said so. */
  raised(instance: number, write: Write, told: boolean): void {
    this.#lift(instance, write);
    if (told) this.#announce([write]);
    else this.#unannounced[instance]?.push(write);
  }

  isIsolated(instance: number): boolean {
    return this.#isolated[instance] === true;
  }

  isolate(instance: number): void {
    this.#isolated[instance] = true;
  }

  /** The instance uses Redis again. `raisedAll`: it has made up for what it could not announce. */
  async rejoin(instance: number, raisedAll: boolean): Promise<void> {
    if (raisedAll) this.#announce(this.#unannounced[instance]?.splice(0) ?? []);
    const rejoinedAt = performance.now();
    await announcementsHeard();
    this.#isolated[instance] = false;
    for (const write of this.#announced) if (write.at <= rejoinedAt) this.#lift(instance, write);
  }

  /** Waits until everything announced so far must have been heard. */
  async settled(): Promise<void> {
    await Promise.all(this.#timers);
  }

  #announce(writes: readonly Write[]): void {
    const at = performance.now();
    this.#announced.push(...writes.map((write) => ({ ...write, at })));
    const heard = announcementsHeard().then(() => {
      this.#timers.delete(heard);
      for (const instance of this.#floors.keys()) {
        if (!this.isIsolated(instance)) for (const write of writes) this.#lift(instance, write);
      }
    });
    this.#timers.add(heard);
  }

  #lift(instance: number, { key, version }: Write): void {
    this.#floors[instance]?.set(key, Math.max(this.floor(instance, key), version));
  }

  #versionAt(key: string, position: number): number {
    return this.#log.slice(0, position).filter((written) => written === key).length;
  }
}

/** Timers come before sockets in a turn of the event loop: what has arrived in time is read in the turns after. */
async function announcementsHeard(): Promise<void> {
  await sleep(ANNOUNCED_WITHIN_MS);
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}
