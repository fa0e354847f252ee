import type { Redis, Result } from 'ioredis';
import { type CacheEntry, decodeEntry, encodeEntry } from './entry.ts';
import type { RedisCommands } from './redis-connections.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    steadfastReadBuffer(generationKey: string, entryKey: string): Result<[Buffer, Buffer | null], Context>;
    steadfastRaise(
      generationKey: string,
      channel: string,
      family: string,
      position: string,
    ): Result<string, Context>;
    steadfastVouch(generationKey: string, generation: string, position: string): Result<number, Context>;
  }
}

// A generation and its position, as one key holds them: "1763733600000000 48210" or "1763733600000000 ?". Numbers that
// Lua cannot hold exactly do not match.
const STAMP = `^([1-8]${'%d'.repeat(15)}) ([%d?]+)$`;
const UNKNOWN = '?';

// A missing generation (emptied Redis) is made anew from the clock, so that it can never be one that was used before.
// What is under a key but not ours (another type, no number) is taken for nothing, and overwritten.
const READ = `
  local stamp = redis.pcall('GET', KEYS[1])
  if type(stamp) ~= 'string' or not string.match(stamp, '${STAMP}') then
    local now = redis.call('TIME')
    stamp = string.format('%d%06d ${UNKNOWN}', now[1], now[2])
    redis.call('SET', KEYS[1], stamp)
  end
  local entry = redis.pcall('GET', KEYS[2])
  if type(entry) ~= 'string' then entry = false end
  return {stamp, entry}
`;

// The position stays unknown once it is: whatever was announced without one may be behind the position of this write.
const RAISE = `
  local stamp = redis.pcall('GET', KEYS[1])
  local before, position
  if type(stamp) == 'string' then before, position = string.match(stamp, '${STAMP}') end
  local now = redis.call('TIME')
  local generation = math.max(now[1] * 1000000 + now[2], tonumber(before or 0) + 1)
  local text = string.format('%.0f', generation)
  local reached, given = tonumber(position or ''), tonumber(ARGV[3])
  local contains = reached and given and string.format('%.0f', math.max(reached, given)) or '${UNKNOWN}'
  redis.call('SET', KEYS[1], text .. ' ' .. contains)
  redis.call('PUBLISH', ARGV[1], ARGV[2] .. ' ' .. text)
  return text
`;

const VOUCH = `
  if redis.pcall('GET', KEYS[1]) ~= ARGV[1] .. ' ${UNKNOWN}' then return 0 end
  redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2])
  return 1
`;

export type Found = {
  /** The family's generation. */
  readonly generation: number;
  /** How far the source must have come to contain every write announced so far; undefined when nobody knows. */
  readonly position: number | undefined;
  readonly entry: CacheEntry | undefined;
};

/** Tier 2: entries and generations in Redis. Every method rejects when Redis does not answer in time. */
export class RedisTier {
  readonly #redis: RedisCommands;
  readonly #prefix: string;
  readonly #staleMs: number;
  readonly channel: string;

  constructor(redis: RedisCommands, prefix: string, staleMs: number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#staleMs = staleMs;
    this.channel = channelOf(prefix);
    redis.defineCommand('steadfastRead', { numberOfKeys: 2, lua: READ });
    redis.defineCommand('steadfastRaise', { numberOfKeys: 1, lua: RAISE });
    redis.defineCommand('steadfastVouch', { numberOfKeys: 1, lua: VOUCH });
  }

  /** The family's generation and what is kept under the key, in one round trip. */
  async read(family: string, name: string): Promise<Found> {
    const key = this.#entryKey(family, name);
    const [stamp, bytes] = await this.#redis.steadfastReadBuffer(this.#generationKey(family), key);
    const [generation, position = UNKNOWN] = stamp.toString('latin1').split(' ');
    return {
      generation: Number(generation),
      position: /^\d+$/.test(position) ? Number(position) : undefined,
      entry: bytes === null ? undefined : decodeEntry(key, bytes),
    };
  }

  /** Keeps an entry for outages; a brief one only as long as it is fresh. */
  async write(family: string, name: string, entry: CacheEntry, brief: boolean): Promise<void> {
    const key = this.#entryKey(family, name);
    const keepMs = brief ? entry.freshUntil - entry.loadedAt : this.#staleMs;
    await this.#redis.set(key, encodeEntry(key, entry), 'PX', Math.max(1, Math.round(keepMs)));
  }

  /** Raises the family's generation and announces it to every instance. Returns the new one. */
  async raise(family: string, position: number | undefined): Promise<number> {
    const given = position === undefined ? UNKNOWN : positionText(position);
    return Number(await this.#redis.steadfastRaise(this.#generationKey(family), this.channel, family, given));
  }

  /** Sets the position of a generation, if it is still the family's and has none. */
  async vouch(family: string, generation: number, position: number): Promise<void> {
    await this.#redis.steadfastVouch(this.#generationKey(family), String(generation), positionText(position));
  }

  /** Deletes every entry on these servers. Generations stay, so that none is used twice. */
  async deleteEntries(masters: readonly Redis[]): Promise<void> {
    for (const master of masters) {
      const found = master.scanStream({ match: this.#entryKey('*', '*'), count: 500 });
      for await (const keys of found as AsyncIterable<string[]>) {
        // One at a time: in a cluster those of one server are in many slots.
        await Promise.all(keys.map((key) => master.unlink(key)));
      }
    }
  }

  // The braces keep a family's keys in one slot of a Redis Cluster.
  #generationKey(family: string): string {
    return `${this.#prefix}:{${family}}:generation`;
  }

  #entryKey(family: string, name: string): string {
    return `${this.#prefix}:{${family}}:entry:${name}`;
  }
}

export function channelOf(prefix: string): string {
  return `${prefix}:generations`;
}

/** Anything but a whole number that a double holds exactly is nobody's position. */
function positionText(position: number): string {
  return Number.isSafeInteger(position) && position >= 0 ? String(position) : UNKNOWN;
}
