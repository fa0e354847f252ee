import type { CacheConfig } from '../config/config.ts';
import type { CacheAnswer, CacheKey, Load } from './answer.ts';
import type { CacheEntry } from './entry.ts';
import { dueLater, isCurrent, isDue, newEntry, newest } from './freshness.ts';
import { type Lookups, noLookups } from './lookups.ts';
import { MemoryTier } from './memory-tier.ts';
import type { RedisCommands } from './redis-connections.ts';
import type { RedisSighting } from './redis-link.ts';
import type { Found } from './redis-tier.ts';
import { Revalidation, type RevalidationResult } from './revalidation.ts';
import { type Raised, SharedTier, type SharedTierOptions } from './shared-tier.ts';
import { type Flight, SingleFlight } from './single-flight.ts';
import { VainLookups } from './vain-lookups.ts';

export type CacheObserver = {
  /** A load ahead of time, which nobody waited for, has ended. */
  revalidated(result: RevalidationResult): void;
  /** Such a load has failed with an error that is not of `staleIf`. */
  unexpected(error: unknown): void;
  /** Redis came or went. */
  redis(state: 'up' | 'down'): void;
};

export type CacheOptions = Omit<SharedTierOptions, 'staleMs' | 'onStateChange'> & {
  readonly config: CacheConfig;
  /** True for errors that an older answer is better than. */
  readonly staleIf: (error: unknown) => boolean;
  /** False while every load would be refused at once with such an error. */
  readonly canLoad: () => boolean;
  readonly observer: CacheObserver;
};

export type CacheSnapshot = {
  readonly redis: RedisSighting;
  readonly memory: {
    readonly entries: number;
    readonly bytes: number;
    readonly maxBytes: number;
    /** Entries given up for want of room, since the start. */
    readonly evictions: number;
  };
  /** Loads that somebody waits for or that go on in the background. */
  readonly loadsUnderWay: number;
};

const never = () => false;

/**
 * Two tiers and one rule: an entry is current when its generation is its family's and it is fresh. One that is
 * not current is kept, for when it cannot be loaded anew (stale-if-error, RFC 5861). One that is current but soon
 * will not be fresh is served at once, and loaded anew in the background.
 */
export class Cache {
  readonly #lookups = noLookups();
  readonly #options: CacheOptions;
  readonly #memory: MemoryTier;
  readonly #shared: SharedTier;
  readonly #flights = new SingleFlight<CacheAnswer>();
  readonly #vainLookups = new VainLookups();
  readonly #revalidation: Revalidation;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#memory = new MemoryTier(options.config.memoryBytes);
    this.#revalidation = new Revalidation({
      onEnd: (result) => options.observer.revalidated(result),
      onError: (error) => {
        if (!options.staleIf(error)) options.observer.unexpected(error);
      },
    });
    this.#shared = new SharedTier({
      ...options,
      staleMs: options.config.staleMs,
      onStateChange: (state) => options.observer.redis(state),
    });
  }

  start(): Promise<void> {
    return this.#shared.start();
  }

  stop(): Promise<void> {
    return this.#shared.stop();
  }

  /** The connection for commands, for others who keep small things in Redis. It fails rather than waits. */
  get redis(): RedisCommands {
    return this.#shared.commands;
  }

  get redisAvailable(): boolean {
    return this.#shared.available;
  }

  get lookups(): Lookups {
    return this.#lookups;
  }

  snapshot(): CacheSnapshot {
    return {
      redis: this.#shared.sighting,
      memory: {
        entries: this.#memory.size,
        bytes: this.#memory.bytes,
        maxBytes: this.#options.config.memoryBytes,
        evictions: this.#memory.evictions,
      },
      loadsUnderWay: this.#flights.size,
    };
  }

  /**
   * Answers from memory, and then at once; else from Redis, else by `load`. Readers of one key share one load. Where it
   * fails with an error of `staleIf`, an older answer is given. `isGone` tells whether nobody waits for this answer any
   * more.
   * @throws whatever `load` throws, when there is nothing older
   */
  read(key: CacheKey, load: Load, isGone: () => boolean = never): CacheAnswer | Promise<CacheAnswer> {
    const remembered = this.#remembered(key);
    if (remembered === undefined) return this.#readElsewhere(key, load, isGone);
    if (isDue(remembered.entry)) this.#loadAhead(key, load);
    return remembered;
  }

  /**
   * What memory would answer with, as long as nobody should load it anew yet: for whoever made something of it, and can use
   * that again. No look-up until `countHits` is told of it.
   */
  peek(key: CacheKey): CacheEntry | undefined {
    const entry = this.#current(key);
    return entry === undefined || isDue(entry) ? undefined : entry;
  }

  countHits(count: number): void {
    this.#lookups.memory.hit += count;
  }

  async #readElsewhere(key: CacheKey, load: Load, isGone: () => boolean): Promise<CacheAnswer> {
    const answer = await this.#share(key, isGone, (flight) => this.#readThrough(key, load, flight));
    if (answer.source === 'redis' && isDue(answer.entry)) this.#loadAhead(key, load);
    return answer;
  }

  #loadAhead(key: CacheKey, load: Load): void {
    this.#revalidation.begin(memoryKey(key), async () => {
      const { source } = await this.#share(key, never, (flight) => this.#revalidate(key, load, flight));
      if (source === 'stale') return 'failed';
      return source === 'load' ? 'loaded' : 'found';
    });
  }

  /**
   * Call after a commit and before answering: from here on nobody is served what was loaded before. `position` is how
   * far the primary had come after the commit; without one, loads come from the primary until a position is known.
   */
  raise(families: readonly string[], position?: number): Promise<void> {
    return this.#shared.raise(families, position);
  }

  /** Another process of this server has written, and waits for us to know. */
  raisedBySibling(raised: Raised): Promise<void> {
    return this.#shared.raisedBySibling(raised);
  }

  /**
   * The data is other data now, after a restore: nothing of before is served any more, not even in an outage. Never
   * rejects; what a Redis that is away holds is deleted when it is back.
   */
  forget(): Promise<void> {
    this.#memory.clear();
    return this.#shared.forget();
  }

  #remembered(key: CacheKey): CacheAnswer | undefined {
    const entry = this.#current(key);
    if (entry === undefined) return undefined;
    this.#lookups.memory.hit += 1;
    return { entry, source: 'memory' };
  }

  #current(key: CacheKey): CacheEntry | undefined {
    const generation = this.#shared.generationOf(key.family);
    if (generation === undefined) return undefined;
    const entry = this.#memory.get(memoryKey(key));
    return entry !== undefined && isCurrent(entry, generation) ? entry : undefined;
  }

  #share(
    key: CacheKey,
    isGone: () => boolean,
    load: (flight: Flight) => Promise<CacheAnswer>,
  ): Promise<CacheAnswer> {
    const generation = this.#shared.generationOf(key.family);
    return this.#flights.join(
      memoryKey(key),
      { generation, epoch: this.#shared.epochOf(key.family), isGone },
      load,
    );
  }

  async #readThrough(key: CacheKey, load: Load, flight: Flight): Promise<CacheAnswer> {
    const known = this.#memory.get(memoryKey(key));
    this.#lookups.memory[known === undefined ? 'miss' : 'stale'] += 1;
    if (this.#isInVain(key, known)) {
      this.#lookups.redis.skipped += 1;
      return this.#load(key, load, undefined, flight);
    }
    const found = await this.#shared.find(key.family, key.name);
    if (found?.entry !== undefined && isCurrent(found.entry, found.generation)) {
      this.#lookups.redis.hit += 1;
      return this.#fromRedis(key, found.entry);
    }
    this.#lookups.redis[found === undefined ? 'bypass' : found.entry === undefined ? 'miss' : 'stale'] += 1;
    return this.#load(key, load, found, flight);
  }

  #isInVain(key: CacheKey, known: CacheEntry | undefined): boolean {
    if (this.#options.canLoad()) return false;
    return this.#vainLookups.has(memoryKey(key), this.#shared.generationOf(key.family), known !== undefined);
  }

  /** Loads anew what is about to expire, unless another instance has already. */
  async #revalidate(key: CacheKey, load: Load, flight: Flight): Promise<CacheAnswer> {
    const found = await this.#shared.find(key.family, key.name);
    if (found?.entry !== undefined && isCurrent(found.entry, found.generation) && !isDue(found.entry)) {
      return this.#fromRedis(key, found.entry);
    }
    return this.#load(key, load, found, flight);
  }

  #fromRedis(key: CacheKey, found: CacheEntry): CacheAnswer {
    const entry = dueLater(found);
    this.#memory.keepNewest(memoryKey(key), entry);
    return { entry, source: 'redis' };
  }

  async #load(key: CacheKey, load: Load, found: Found | undefined, flight: Flight): Promise<CacheAnswer> {
    const older = newest(this.#memory.get(memoryKey(key)), found?.entry);
    const loadedAt = Date.now();
    flight.began(this.#shared.generationOf(key.family) ?? found?.generation ?? 0);
    let isBehind = false;
    const onBehind = () => {
      isBehind = true;
    };
    try {
      const body = await load({ position: found?.position, wanted: flight.isWanted, onBehind });
      if (isBehind) return this.#standIn(key, body, loadedAt, older);
      const entry = this.#keep(key, body, loadedAt, found?.generation ?? 0);
      const why = older === undefined ? 'miss' : 'stale';
      return { entry, source: 'load', forwarded: { why, stored: entry.generation !== 0 } };
    } catch (error) {
      if (found !== undefined && !this.#options.canLoad()) this.#vainLookups.note(memoryKey(key), found);
      if (!this.#options.staleIf(error) || older === undefined || !this.#mayServeStale(older)) throw error;
      this.#memory.keepNewest(memoryKey(key), older);
      return { entry: older, source: 'stale' };
    }
  }

  /** An answer that may lack the last writes, of a source that stands in: better than none, never taken for current. */
  #standIn(key: CacheKey, body: Buffer | null, loadedAt: number, older: CacheEntry | undefined): CacheAnswer {
    if (body === null && older !== undefined && this.#mayServeStale(older))
      return { entry: older, source: 'stale' };
    const entry = newEntry(body, { loadedAt, generation: 0, freshMs: 0 });
    if (older === undefined) this.#memory.keepNewest(memoryKey(key), entry);
    return { entry, source: 'stale' };
  }

  /** Keeps what was loaded, under the generation that was known before the load began. */
  #keep(key: CacheKey, body: Buffer | null, loadedAt: number, generation: number): CacheEntry {
    const entry = newEntry(body, { loadedAt, generation, freshMs: this.#options.config.freshMs });
    this.#memory.keepNewest(memoryKey(key), entry);
    this.#shared.keep(key.family, key.name, entry, body === null || key.isBrief?.(body) === true);
    return entry;
  }

  #mayServeStale(entry: CacheEntry): boolean {
    return entry.body !== null && Date.now() - entry.loadedAt < this.#options.config.staleMs;
  }
}

function memoryKey({ family, name }: CacheKey): string {
  return `${family}/${name}`;
}
