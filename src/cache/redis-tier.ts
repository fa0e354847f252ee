import type { Redis, Result } from 'ioredis';
import { type CacheEntry, decodeEntry, encodeEntry } from './entry.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    steadfastReadBuffer(generationKey: string, entryKey: string): Result<[Buffer, Buffer | null], Context>;
    steadfastRaise(generationKey: string, channel: string, family: string): Result<string, Context>;
  }
}

// A missing generation (emptied Redis) is made anew from the clock, so that it can never be one that was used before.
// What is under a key but not ours (another type, no number) is taken for nothing, and overwritten.
const READ = `
  local generation = redis.pcall('GET', KEYS[1])
  if type(generation) ~= 'string' or not string.match(generation, '^%d+$') then
    local now = redis.call('TIME')
    generation = string.format('%d%06d', now[1], now[2])
    redis.call('SET', KEYS[1], generation)
  end
  local entry = redis.pcall('GET', KEYS[2])
  if type(entry) ~= 'string' then entry = false end
  return {generation, entry}
`;

const RAISE = `
  local now = redis.call('TIME')
  local generation = now[1] * 1000000 + now[2]
  local found = redis.pcall('GET', KEYS[1])
  local before = type(found) == 'string' and tonumber(found) or 0
  if generation <= before then generation = before + 1 end
  local text = string.format('%.0f', generation)
  redis.call('SET', KEYS[1], text)
  redis.call('PUBLISH', ARGV[1], ARGV[2] .. ' ' .. text)
  return text
`;

/** Tier 2: entries and generations in Redis. Every method rejects when Redis does not answer in time. */
export class RedisTier {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #staleMs: number;
  readonly channel: string;

  constructor(redis: Redis, prefix: string, staleMs: number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#staleMs = staleMs;
    this.channel = channelOf(prefix);
    redis.defineCommand('steadfastRead', { numberOfKeys: 2, lua: READ });
    redis.defineCommand('steadfastRaise', { numberOfKeys: 1, lua: RAISE });
  }

  /** The family's generation and what is kept under the key, in one round trip. */
  async read(family: string, key: string): Promise<{ generation: number; entry: CacheEntry | undefined }> {
    const [generation, bytes] = await this.#redis.steadfastReadBuffer(
      this.#generationKey(family),
      this.#entryKey(family, key),
    );
    return {
      generation: Number(generation.toString('latin1')),
      entry: bytes === null ? undefined : decodeEntry(bytes),
    };
  }

  /** Keeps an entry for outages; a brief one only as long as it is fresh. */
  async write(family: string, key: string, entry: CacheEntry, brief: boolean): Promise<void> {
    const keepMs = brief ? entry.freshUntil - entry.loadedAt : this.#staleMs;
    await this.#redis.set(this.#entryKey(family, key), encodeEntry(entry), 'PX', Math.max(1, Math.round(keepMs)));
  }

  /** Raises the family's generation and announces it to every instance. Returns the new one. */
  async raise(family: string): Promise<number> {
    return Number(await this.#redis.steadfastRaise(this.#generationKey(family), this.channel, family));
  }

  // The braces keep a family's keys in one slot of a Redis Cluster.
  #generationKey(family: string): string {
    return `${this.#prefix}:{${family}}:generation`;
  }

  #entryKey(family: string, key: string): string {
    return `${this.#prefix}:{${family}}:entry:${key}`;
  }
}

export function channelOf(prefix: string): string {
  return `${prefix}:generations`;
}
