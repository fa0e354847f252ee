import type { Redis } from 'ioredis';
import type { CacheConfig, RedisConfig } from '../config/config.ts';
import { type CacheEntry, etagOf } from './entry.ts';
import { Generations } from './generations.ts';
import { MemoryTier } from './memory-tier.ts';
import { RedisLink, type RedisSighting } from './redis-link.ts';
import { channelOf, RedisTier } from './redis-tier.ts';
import { SingleFlight } from './single-flight.ts';

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
  readonly observer: CacheObserver;
};

export type CacheSnapshot = {
  readonly redis: RedisSighting;
  readonly memory: { readonly entries: number; readonly bytes: number; readonly maxBytes: number };
};

const MISSING_FRESH_MS = 2000;
const FRESH_JITTER = 0.1;

/**
 * Two tiers and one rule: an entry is current when its generation is its family's and it is fresh. One that is
 * not current is kept, for when it cannot be loaded anew (stale-if-error, RFC 5861).
 */
export class Cache {
  readonly #options: CacheOptions;
  readonly #memory: MemoryTier;
  readonly #generations = new Generations();
  readonly #link: RedisLink;
  readonly #redis: RedisTier;
  readonly #flights = new SingleFlight<CacheAnswer>();
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
  }

  start(): Promise<void> {
    return this.#link.start();
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  /** The connection for commands, for others who keep small things in Redis. It fails rather than waits. */
  get redis(): Redis {
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
   * Answers from memory, else from Redis, else by `load`, which returns null for a thing that does not exist.
   * Readers of one key share one load. Where it fails with an error of `staleIf`, an older answer is given.
   * @throws whatever `load` throws, when there is nothing older
   */
  read(key: CacheKey, load: () => Promise<string | null>): Promise<CacheAnswer> {
    const generation = this.#generations.of(key.family);
    if (generation !== undefined) {
      const entry = this.#memory.get(memoryKey(key));
      if (entry !== undefined && isCurrent(entry, generation)) {
        this.#options.observer.request('memory', 'hit');
        return Promise.resolve({ entry, source: 'memory' });
      }
    }
    return this.#flights.join(memoryKey(key), generation, this.#writes, (learn) =>
      this.#readThrough(key, load, learn),
    );
  }

  /** Call after a commit and before answering: from here on nobody is served what was loaded before. */
  async raise(families: readonly string[]): Promise<void> {
    this.#writes += 1;
    if (!this.#link.available) {
      this.#link.missed();
      return;
    }
    const { period } = this.#generations;
    const raise = async (family: string) =>
      this.#generations.learn(family, await this.#redis.raise(family), period);
    try {
      await Promise.all(families.map(raise));
    } catch {
      this.#link.missed();
    }
  }

  async #readThrough(
    key: CacheKey,
    load: () => Promise<string | null>,
    learn: (generation: number) => void,
  ): Promise<CacheAnswer> {
    const { observer } = this.#options;
    const remembered = this.#memory.get(memoryKey(key));
    observer.request('memory', remembered === undefined ? 'miss' : 'stale');
    const found = await this.#readRedis(key);
    if (found !== undefined) learn(found.generation);
    if (found?.entry !== undefined && isCurrent(found.entry, found.generation)) {
      observer.request('redis', 'hit');
      this.#remember(key, found.entry);
      return { entry: found.entry, source: 'redis' };
    }
    observer.request('redis', found === undefined ? 'bypass' : found.entry === undefined ? 'miss' : 'stale');
    const loadedAt = Date.now();
    try {
      const text = await load();
      const entry = this.#keep(key, text, loadedAt, found?.generation ?? 0);
      const why = (remembered ?? found?.entry) === undefined ? 'miss' : 'stale';
      return { entry, source: 'load', forwarded: { why, stored: entry.generation !== 0 } };
    } catch (error) {
      const older = newest(remembered, found?.entry);
      if (!this.#options.staleIf(error) || older === undefined || !this.#mayServeStale(older)) throw error;
      this.#remember(key, older);
      return { entry: older, source: 'stale' };
    }
  }

  async #readRedis(key: CacheKey): Promise<{ generation: number; entry: CacheEntry | undefined } | undefined> {
    if (!this.#link.available) return undefined;
    const { period } = this.#generations;
    try {
      const found = await this.#redis.read(key.family, key.name);
      this.#link.answered();
      this.#generations.learn(key.family, found.generation, period);
      return found;
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
    const entry: CacheEntry = {
      generation,
      loadedAt,
      // Jitter, so that what was loaded together does not expire together.
      freshUntil: loadedAt + Math.round(freshMs * (1 - FRESH_JITTER * Math.random())),
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

  #mayServeStale(entry: CacheEntry): boolean {
    return entry.body !== null && Date.now() - entry.loadedAt < this.#options.config.staleMs;
  }

  /** After an outage every family is raised: somebody's write may have gone unannounced meanwhile. */
  async #onRedisUp(afterOutage: boolean): Promise<void> {
    if (afterOutage) await Promise.all(this.#options.families.map((family) => this.#redis.raise(family)));
    this.#generations.trust();
    this.#options.observer.redis('up');
  }

  #onAnnouncement(message: string): void {
    const [family, generation] = message.split(' ');
    if (family !== undefined) this.#generations.learn(family, Number(generation));
  }
}

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
