import { ReplyError } from 'ioredis';
import type { RedisConfig } from '../config/config.ts';
import type { CacheEntry } from './entry.ts';
import { GatheredRaises } from './gathered-raises.ts';
import { Generations } from './generations.ts';
import type { RedisCommands } from './redis-connections.ts';
import { RedisLink, type RedisSighting } from './redis-link.ts';
import { channelOf, type Found, RedisTier } from './redis-tier.ts';
import { Standstill } from './standstill.ts';
import { Vouching } from './vouching.ts';

export type SharedTierOptions = {
  readonly redis: RedisConfig;
  /** What this cache's keys begin with; two databases never share one. */
  readonly prefix: string;
  /** Every family there is. */
  readonly families: readonly string[];
  /** How far the primary's write-ahead log has come, in bytes. Given only where loads may come from replicas. */
  readonly currentPosition?: () => Promise<number | undefined>;
  /** How long entries are kept, in milliseconds. */
  readonly staleMs: number;
  readonly onStateChange: (state: 'up' | 'down') => void;
  /** Tells the other processes of this server, and resolves when they know. */
  readonly tellSiblings?: ((raised: Raised) => Promise<void>) | undefined;
};

/** Families that a process has raised, and to which generations; undefined where it could not. */
export type Raised = {
  readonly families: readonly string[];
  readonly generations: ReadonlyMap<string, number> | undefined;
};

/**
 * What all instances share, as far as Redis can be used: entries, and the generations that every write raises. Nothing
 * here fails or waits for a Redis that is away.
 */
export class SharedTier {
  readonly #options: SharedTierOptions;
  readonly #generations = new Generations();
  readonly #link: RedisLink;
  readonly #redis: RedisTier;
  readonly #vouching: Vouching;
  readonly #raises = new GatheredRaises(async (families, position) => {
    const generations = await this.#raise(families, position);
    await this.#options.tellSiblings?.({ families, generations });
  });
  /** Undefined where the process has no siblings that tell it what they wrote. */
  readonly #standstill: Standstill | undefined;
  /** Counts our own writes. */
  #writes = 0;
  /** Entries of Redis are to be deleted once it can be used. */
  #mustForget = false;

  constructor(options: SharedTierOptions) {
    this.#options = options;
    this.#link = new RedisLink(options.redis, channelOf(options.prefix), {
      onUp: (afterOutage) => this.#onUp(afterOutage),
      onDown: () => {
        this.#generations.distrust();
        options.onStateChange('down');
      },
      onMessage: (message) => this.#onAnnouncement(message),
    });
    this.#redis = new RedisTier(this.#link.commands, options.prefix, options.staleMs);
    this.#vouching = new Vouching(this.#redis, options.families, options.currentPosition);
    this.#standstill = options.tellSiblings && new Standstill(() => this.#generations.doubt());
  }

  start(): Promise<void> {
    return this.#link.start();
  }

  stop(): Promise<void> {
    this.#standstill?.stop();
    return this.#link.stop();
  }

  get commands(): RedisCommands {
    return this.#link.commands;
  }

  get available(): boolean {
    return this.#link.available;
  }

  get sighting(): RedisSighting {
    return this.#link.sighting;
  }

  /** The family's generation as this process has heard of it; undefined when it must be asked for. */
  generationOf(family: string): number | undefined {
    return this.#standstill?.isCatchingUp === true ? undefined : this.#generations.of(family);
  }

  /**
   * Changes with our own writes, when Redis comes or goes, and when what was known of the family is in doubt: no reader
   * of after may share a load of before.
   */
  epochOf(family: string): number {
    return this.#writes + this.#generations.periodOf(family);
  }

  /** Raises the families' generations and announces them. A failure is made up for when Redis is back. */
  raise(families: readonly string[], position: number | undefined): Promise<void> {
    return this.#raises.raise(families, position);
  }

  /** A sibling of this process wrote. What it could not announce, having lost Redis, is announced from here. */
  async raisedBySibling({ families, generations }: Raised): Promise<void> {
    if (generations === undefined) {
      await this.#raise(families, undefined);
      return;
    }
    this.#writes += 1;
    for (const [family, generation] of generations) {
      // A lower one is only late here: the announcement of the greater has overtaken it.
      if (generation >= (this.#generations.of(family) ?? 0)) this.#generations.hear(family, generation);
    }
  }

  async #raise(
    families: readonly string[],
    position: number | undefined,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    // Where it is sent, not where it was asked for: a reader who asked Redis before may be told what was before this, and must
    // share no load with those who read after it.
    this.#writes += 1;
    if (!this.#link.available) {
      this.#link.missed();
      return undefined;
    }
    const periods = new Map(families.map((family) => [family, this.#generations.periodOf(family)]));
    try {
      const raised = await this.#redis.raise(families, position);
      for (const [family, generation] of raised) this.#generations.hear(family, generation, periods.get(family));
      return raised;
    } catch (error) {
      // A Redis that refuses writes, full or read-only, still carries what is published: others believe it until they are told.
      if (error instanceof ReplyError) await this.#redis.announceLoss().catch(() => {});
      this.#link.missed();
      return undefined;
    }
  }

  /** Outdates everything and deletes every entry, at once or when Redis is back. */
  async forget(): Promise<void> {
    this.#mustForget = true;
    await this.raise(this.#options.families, undefined);
    if (this.#link.available) await this.#deleteEntries().catch((error: unknown) => this.#link.strike(error));
  }

  async #deleteEntries(): Promise<void> {
    await this.#redis.deleteEntries(this.#link.masters());
    this.#mustForget = false;
  }

  /** What Redis holds, or undefined when it did not tell. */
  async find(family: string, name: string): Promise<Found | undefined> {
    if (!this.#link.available) return undefined;
    const period = this.#generations.periodOf(family);
    const found = await this.#ask(family, name);
    // What was known was given up meanwhile: this may be of before.
    if (found === undefined || period !== this.#generations.periodOf(family)) return undefined;
    this.#generations.learn(family, found.generation, period);
    const known = this.#generations.of(family) ?? found.generation;
    // A newer generation was announced while we asked; what Redis said is of before, its position too.
    if (known > found.generation) return { ...found, generation: known, position: undefined };
    if (found.position === undefined) this.#vouching.begin();
    return found;
  }

  /** Keeps an entry for other instances, unless it is outdated already. Nobody waits for this. */
  keep(family: string, name: string, entry: CacheEntry, brief: boolean): void {
    const outdated = (this.#generations.of(family) ?? entry.generation) > entry.generation;
    if (entry.generation === 0 || outdated || !this.#link.available) return;
    this.#redis.write(family, name, entry, brief).catch((error: unknown) => this.#link.strike(error));
  }

  async #ask(family: string, name: string): Promise<Found | undefined> {
    try {
      const found = await this.#redis.read(family, name);
      this.#link.answered();
      return found;
    } catch (error) {
      this.#link.strike(error);
      return undefined;
    }
  }

  /** After an outage every family is raised: somebody's write may have gone unannounced meanwhile. */
  async #onUp(afterOutage: boolean): Promise<void> {
    const { families, onStateChange } = this.#options;
    if (afterOutage) await this.#redis.raise(families, undefined);
    if (this.#mustForget) await this.#deleteEntries();
    this.#generations.trust();
    this.#vouching.begin();
    onStateChange('up');
  }

  #onAnnouncement(message: string): void {
    const heard = this.#redis.heard(message);
    // Of another version of this program, which says it in other words: what it changed has to be asked for.
    if (heard === undefined) this.#generations.trust();
    else if (heard === 'lost') this.#link.missed();
    else for (const [family, generation] of heard) this.#generations.hear(family, generation);
  }
}
