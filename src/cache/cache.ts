import type { CacheConfig, RedisConfig } from '../config/config.ts';
import { type CacheEntry, etagOf } from './entry.ts';
import { Generations } from './generations.ts';
import { MemoryTier } from './memory-tier.ts';
import type { RedisCommands } from './redis-connections.ts';
import { RedisLink, type RedisSighting } from './redis-link.ts';
import { channelOf, type Found, RedisTier } from './redis-tier.ts';
import { Revalidation } from './revalidation.ts';
import { type Flight, SingleFlight } from './single-flight.ts';
import { Vouching } from './vouching.ts';

export type CacheSource = 'memory' | 'redis' | 'load' | 'stale';

export type CacheAnswer = {
  readonly entry: CacheEntry;
  readonly source: CacheSource;
  /** For a load: why nothing kept could be used, and whether the answer is kept for others now. */
  readonly forwarded?: { readonly why: 'miss' | 'stale'; readonly stored: boolean };
};

export type CacheKey = {
  readonly family: string;
  readonly name: string;
  /** True for answers of which there are endlessly many and that nobody misses: they are not kept for outages. */
  readonly isBrief?: (text: string) => boolean;
};

/**
 * What a load has to know. `position` is what its source must at least contain; undefined: only the primary will do.
 * `wanted` is false once everybody who waits for the answer has gone.
 */
export type LoadContext = { readonly position: number | undefined; readonly wanted: () => boolean };

/** Reads from PostgreSQL; null is a thing that does not exist. */
export type Load = (context: LoadContext) => Promise<string | null>;

export type CacheObserver = {
  request(tier: 'memory' | 'redis', result: 'hit' | 'miss' | 'stale' | 'bypass'): void;
  /** Redis came or went. */
  redis(state: 'up' | 'down'): void;
};

export type CacheOptions = {
  readonly config: CacheConfig;
  readonly redis: RedisConfig;
  /** What this cache's keys begin with; two databases never share one. */
  readonly prefix: string;
  /** Every family there is. */
  readonly families: readonly string[];
  /** True for errors that an older answer is better than. */
  readonly staleIf: (error: unknown) => boolean;
  /** How far the primary's write-ahead log has come, in bytes. Given only where loads may come from replicas. */
  readonly currentPosition?: () => Promise<number | undefined>;
  readonly observer: CacheObserver;
};

export type CacheSnapshot = {
  readonly redis: RedisSighting;
  readonly memory: { readonly entries: number; readonly bytes: number; readonly maxBytes: number };
};

const MISSING_FRESH_MS = 2000;
const FRESH_JITTER = 0.1;
/** The part of its fresh time after which an entry is loaded anew in the background. */
const REVALIDATE_AFTER = 0.7;

/**
 * Two tiers and one rule: an entry is current when its generation is its family's and it is fresh. One that is
 * not current is kept, for when it cannot be loaded anew (stale-if-error, RFC 5861). One that is current but soon
 * will not be fresh is served at once, and loaded anew in the background.
 */
export class Cache {
  readonly #options: CacheOptions;
  readonly #memory: MemoryTier;
  readonly #generations = new Generations();
  readonly #link: RedisLink;
  readonly #redis: RedisTier;
  readonly #flights = new SingleFlight<CacheAnswer>();
  readonly #revalidation = new Revalidation();
  readonly #vouching: Vouching;
  /** Counts our own writes, so that after one no reader joins a load that began before it. */
  #writes = 0;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#memory = new MemoryTier(options.config.memoryBytes);
    this.#link = new RedisLink(options.redis, channelOf(options.prefix), {
      onUp: (afterOutage) => this.#onRedisUp(afterOutage),
      onDown: () => {
        this.#generations.distrust();
        options.observer.redis('down');
      },
      onMessage: (message) => this.#onAnnouncement(message),
    });
    this.#redis = new RedisTier(this.#link.commands, options.prefix, options.config.staleMs);
    this.#vouching = new Vouching(this.#redis, options.currentPosition);
  }

  start(): Promise<void> {
    return this.#link.start();
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  /** The connection for commands, for others who keep small things in Redis. It fails rather than waits. */
  get redis(): RedisCommands {
    return this.#link.commands;
  }

  get redisAvailable(): boolean {
    return this.#link.available;
  }

  snapshot(): CacheSnapshot {
    return {
      redis: this.#link.sighting,
      memory: {
        entries: this.#memory.size,
        bytes: this.#memory.bytes,
        maxBytes: this.#options.config.memoryBytes,
      },
    };
  }

  /**
   * Answers from memory, else from Redis, else by `load`. Readers of one key share one load. Where it fails with an
   * error of `staleIf`, an older answer is given. `isGone` tells whether nobody waits for this answer any more.
   * @throws whatever `load` throws, when there is nothing older
   */
  async read(key: CacheKey, load: Load, isGone: () => boolean = never): Promise<CacheAnswer> {
    const answer =
      this.#current(key) ?? (await this.#share(key, isGone, (flight) => this.#readThrough(key, load, flight)));
    if (answer.source !== 'load' && answer.source !== 'stale' && Date.now() >= answer.entry.revalidateAt) {
      this.#revalidation.begin(memoryKey(key), async () => {
        const { source } = await this.#share(key, never, (flight) => this.#revalidate(key, load, flight));
        return source !== 'stale';
      });
    }
    return answer;
  }

  /**
   * Call after a commit and before answering: from here on nobody is served what was loaded before. `position` is how
   * far the primary had come after the commit; without one, loads come from the primary until a position is known.
   */
  async raise(families: readonly string[], position?: number): Promise<void> {
    this.#writes += 1;
    if (!this.#link.available) {
      this.#link.missed();
      return;
    }
    const { period } = this.#generations;
    const raise = async (family: string) =>
      this.#generations.hear(family, await this.#redis.raise(family, position), period);
    try {
      await Promise.all(families.map(raise));
    } catch {
      this.#link.missed();
    }
  }

  #current(key: CacheKey): CacheAnswer | undefined {
    const generation = this.#generations.of(key.family);
    if (generation === undefined) return undefined;
    const entry = this.#memory.get(memoryKey(key));
    if (entry === undefined || !isCurrent(entry, generation)) return undefined;
    this.#options.observer.request('memory', 'hit');
    return { entry, source: 'memory' };
  }

  #share(
    key: CacheKey,
    isGone: () => boolean,
    load: (flight: Flight) => Promise<CacheAnswer>,
  ): Promise<CacheAnswer> {
    const generation = this.#generations.of(key.family);
    // After our own write, and after Redis came or went, no reader joins a load that began before it.
    const epoch = this.#writes + this.#generations.period;
    return this.#flights.join(memoryKey(key), { generation, epoch, isGone }, load);
  }

  async #readThrough(key: CacheKey, load: Load, flight: Flight): Promise<CacheAnswer> {
    const { observer } = this.#options;
    observer.request('memory', this.#memory.get(memoryKey(key)) === undefined ? 'miss' : 'stale');
    const found = await this.#readRedis(key, flight);
    if (found?.entry !== undefined && isCurrent(found.entry, found.generation)) {
      observer.request('redis', 'hit');
      return { entry: this.#rememberShared(key, found.entry), source: 'redis' };
    }
    observer.request('redis', found === undefined ? 'bypass' : found.entry === undefined ? 'miss' : 'stale');
    return this.#load(key, load, found, flight);
  }

  /** Loads anew what is about to expire, unless another instance has already. */
  async #revalidate(key: CacheKey, load: Load, flight: Flight): Promise<CacheAnswer> {
    const found = await this.#readRedis(key, flight);
    if (
      found?.entry !== undefined &&
      isCurrent(found.entry, found.generation) &&
      Date.now() < found.entry.revalidateAt
    ) {
      return { entry: this.#rememberShared(key, found.entry), source: 'redis' };
    }
    return this.#load(key, load, found, flight);
  }

  async #load(key: CacheKey, load: Load, found: Found | undefined, flight: Flight): Promise<CacheAnswer> {
    const older = newest(this.#memory.get(memoryKey(key)), found?.entry);
    const loadedAt = Date.now();
    try {
      const text = await load({ position: found?.position, wanted: flight.isWanted });
      const entry = this.#keep(key, text, loadedAt, found?.generation ?? 0);
      const why = older === undefined ? 'miss' : 'stale';
      return { entry, source: 'load', forwarded: { why, stored: entry.generation !== 0 } };
    } catch (error) {
      if (!this.#options.staleIf(error) || older === undefined || !this.#mayServeStale(older)) throw error;
      this.#remember(key, older);
      return { entry: older, source: 'stale' };
    }
  }

  async #readRedis(key: CacheKey, flight: Flight): Promise<Found | undefined> {
    const found = await this.#askRedis(key);
    const known = this.#generations.of(key.family) ?? 0;
    flight.began(Math.max(known, found?.generation ?? 0));
    if (found === undefined) return undefined;
    // A newer generation was announced while we asked; what Redis said is of before, its position too.
    if (known > found.generation) return { ...found, generation: known, position: undefined };
    if (found.position === undefined) this.#vouching.begin(key.family, found.generation);
    return found;
  }

  async #askRedis(key: CacheKey): Promise<Found | undefined> {
    if (!this.#link.available) return undefined;
    const { period } = this.#generations;
    try {
      const found = await this.#redis.read(key.family, key.name);
      this.#link.answered();
      this.#generations.learn(key.family, found.generation, period);
      // What was known was given up meanwhile: this may be of before.
      return period === this.#generations.period ? found : undefined;
    } catch (error) {
      this.#link.strike(error);
      return undefined;
    }
  }

  /** Keeps what was loaded, under the generation that was read before the load began. */
  #keep(key: CacheKey, text: string | null, loadedAt: number, generation: number): CacheEntry {
    const freshMs =
      text === null ? Math.min(MISSING_FRESH_MS, this.#options.config.freshMs) : this.#options.config.freshMs;
    const body = text === null ? null : Buffer.from(text);
    // Jitter, so that what was loaded together does not expire together.
    const lastingMs = freshMs * (1 - FRESH_JITTER * Math.random());
    const entry: CacheEntry = {
      generation,
      loadedAt,
      revalidateAt: loadedAt + Math.round(lastingMs * REVALIDATE_AFTER),
      freshUntil: loadedAt + Math.round(lastingMs),
      etag: body === null ? '"-"' : etagOf(body),
      body,
    };
    this.#remember(key, entry);
    const outdated = (this.#generations.of(key.family) ?? generation) > generation;
    if (generation !== 0 && !outdated && this.#link.available) {
      const brief = text === null || key.isBrief?.(text) === true;
      // Nobody waits for this; a Redis that does not answer costs a strike.
      this.#redis.write(key.family, key.name, entry, brief).catch((error: unknown) => this.#link.strike(error));
    }
    return entry;
  }

  /** A slow load never replaces what was loaded after it began: in an outage that is the better answer. */
  #remember(key: CacheKey, entry: CacheEntry): void {
    const known = this.#memory.get(memoryKey(key));
    if (known === undefined || known.loadedAt <= entry.loadedAt) this.#memory.set(memoryKey(key), entry);
  }

  /** Remembers what another instance loaded. That one loads it anew first; we only if it has not by then. */
  #rememberShared(key: CacheKey, entry: CacheEntry): CacheEntry {
    const { revalidateAt, freshUntil } = entry;
    const later = revalidateAt + Math.round(((freshUntil - revalidateAt) / 2) * Math.random());
    const shared = { ...entry, revalidateAt: later };
    this.#remember(key, shared);
    return shared;
  }

  #mayServeStale(entry: CacheEntry): boolean {
    return entry.body !== null && Date.now() - entry.loadedAt < this.#options.config.staleMs;
  }

  /** After an outage every family is raised: somebody's write may have gone unannounced meanwhile. */
  async #onRedisUp(afterOutage: boolean): Promise<void> {
    if (afterOutage)
      await Promise.all(this.#options.families.map((family) => this.#redis.raise(family, undefined)));
    this.#generations.trust();
    this.#options.observer.redis('up');
  }

  #onAnnouncement(message: string): void {
    const [family, generation] = message.split(' ');
    if (family !== undefined) this.#generations.hear(family, Number(generation));
  }
}

const never = () => false;

function memoryKey({ family, name }: CacheKey): string {
  return `${family}/${name}`;
}

function isCurrent(entry: CacheEntry, generation: number): boolean {
  return entry.generation === generation && Date.now() < entry.freshUntil;
}

function newest(one: CacheEntry | undefined, other: CacheEntry | undefined): CacheEntry | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.loadedAt >= other.loadedAt ? one : other;
}
