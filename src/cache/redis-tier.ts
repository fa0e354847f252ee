import { randomUUID } from 'node:crypto';
import { Cluster, type Redis, type Result } from 'ioredis';
import { type CacheEntry, decodeEntry, encodeEntry } from './entry.ts';
import { GatheredReads } from './gathered-reads.ts';
import type { RedisCommands } from './redis-connections.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    steadfastBegin(generationKey: string): Result<string, Context>;
    /** How many families, their keys, channel, who announces, position, and the families. */
    steadfastRaise(families: number, ...keysAndValues: string[]): Result<string[], Context>;
    steadfastVouch(generationKey: string, generation: string, position: string): Result<number, Context>;
  }
}

// A generation and its position, as one key holds them: "1763733600000000 48210" or "1763733600000000 ?". Numbers that
// Lua cannot hold exactly do not match.
const STAMP = /^([1-8]\d{15}) ([\d?]+)$/;
const LUA_STAMP = `^([1-8]${'%d'.repeat(15)}) ([%d?]+)$`;
const UNKNOWN = '?';
/** An announcement of a write whose families could not be raised. */
const LOST = 'lost';

// A missing generation (emptied Redis) is made anew from the clock, so that it can never be one that was used before.
// What is under a key but not ours (another type, no number) is taken for nothing, and overwritten.
const BEGIN = `
  local stamp = redis.pcall('GET', KEYS[1])
  if type(stamp) ~= 'string' or not string.match(stamp, '${LUA_STAMP}') then
    local now = redis.call('TIME')
    stamp = string.format('%d%06d ${UNKNOWN}', now[1], now[2])
    redis.call('SET', KEYS[1], stamp)
  end
  return stamp
`;

// The position stays unknown once it is: whatever was announced without one may be behind the position of this write.
const RAISE = `
  local now = redis.call('TIME')
  local given, announcement, raised = tonumber(ARGV[3]), ARGV[2], {}
  for number, key in ipairs(KEYS) do
    local stamp = redis.pcall('GET', key)
    local before, position
    if type(stamp) == 'string' then before, position = string.match(stamp, '${LUA_STAMP}') end
    local generation = math.max(now[1] * 1000000 + now[2], tonumber(before or 0) + 1)
    local text = string.format('%.0f', generation)
    local reached = tonumber(position or '')
    local contains = reached and given and string.format('%.0f', math.max(reached, given)) or '${UNKNOWN}'
    redis.call('SET', key, text .. ' ' .. contains)
    announcement = announcement .. ' ' .. ARGV[3 + number] .. ' ' .. text
    raised[number] = text
  end
  redis.call('PUBLISH', ARGV[1], announcement)
  return raised
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
  /** Who we are in announcements. */
  readonly #announcer = randomUUID();
  readonly #begins = new Map<string, Promise<string>>();
  readonly #reads = new GatheredReads((keys) => this.#redis.mgetBuffer(keys));

  constructor(redis: RedisCommands, prefix: string, staleMs: number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#staleMs = staleMs;
    this.channel = channelOf(prefix);
    redis.defineCommand('steadfastBegin', { numberOfKeys: 1, lua: BEGIN });
    redis.defineCommand('steadfastRaise', { lua: RAISE });
    redis.defineCommand('steadfastVouch', { numberOfKeys: 1, lua: VOUCH });
  }

  /** The family's generation and what is kept under the key, in one round trip; one more where there is no generation. */
  async read(family: string, name: string): Promise<Found> {
    const key = this.#entryKey(family, name);
    const generationKey = this.#generationKey(family);
    const [stamp, bytes] = await this.#reads.read(generationKey, key);
    const known = await this.#stampOf(generationKey, stamp);
    return { ...known, entry: bytes == null ? undefined : decodeEntry(key, bytes) };
  }

  /** The family's generation, begun where there is none, and its position. */
  async generationOf(family: string): Promise<Omit<Found, 'entry'>> {
    const key = this.#generationKey(family);
    // What is under the key but no text is null to MGET, and an error to GET.
    const [stamp = null] = await this.#redis.mgetBuffer([key]);
    return this.#stampOf(key, stamp);
  }

  async #stampOf(generationKey: string, stamp: Buffer | null): Promise<Omit<Found, 'entry'>> {
    const found = STAMP.exec(stamp?.toString('latin1') ?? '') ?? STAMP.exec(await this.#begin(generationKey));
    const [, generation, position = UNKNOWN] = found ?? [];
    return {
      generation: Number(generation),
      position: position.includes(UNKNOWN) ? undefined : Number(position),
    };
  }

  /** Many readers may find at once that there is no generation: one asks for all. */
  #begin(generationKey: string): Promise<string> {
    const underWay = this.#begins.get(generationKey);
    if (underWay !== undefined) return underWay;
    const begin = this.#redis.steadfastBegin(generationKey).finally(() => this.#begins.delete(generationKey));
    this.#begins.set(generationKey, begin);
    return begin;
  }

  /** Keeps an entry for outages; a brief one only as long as it is fresh. */
  async write(family: string, name: string, entry: CacheEntry, brief: boolean): Promise<void> {
    const key = this.#entryKey(family, name);
    const keepMs = brief ? entry.freshUntil - entry.loadedAt : this.#staleMs;
    await this.#redis.set(key, encodeEntry(key, entry), 'PX', Math.max(1, Math.round(keepMs)));
  }

  /** Raises the families' generations and announces them to every instance. Returns the new ones. */
  async raise(families: readonly string[], position: number | undefined): Promise<Map<string, number>> {
    // In a cluster families are on several servers.
    const together = this.#redis instanceof Cluster ? families.map((family) => [family]) : [families];
    const raised = await Promise.all(together.map((some) => this.#raise(some, position)));
    return new Map(raised.flat());
  }

  async #raise(families: readonly string[], position: number | undefined): Promise<[string, number][]> {
    const keys = families.map((family) => this.#generationKey(family));
    const given = position === undefined ? UNKNOWN : positionText(position);
    const raised = await this.#redis.steadfastRaise(
      families.length,
      ...keys,
      this.channel,
      this.#announcer,
      given,
      ...families,
    );
    return families.map((family, index) => [family, Number(raised[index])]);
  }

  /** Tells every instance that something was written which Redis would not be told of. */
  async announceLoss(): Promise<void> {
    await this.#redis.publish(this.channel, `${this.#announcer} ${LOST}`);
  }

  /** What an announcement says: nothing when it is our own, whose answer says it too. Undefined where it is none. */
  heard(announcement: string): [family: string, generation: number][] | typeof LOST | undefined {
    const [announcer, ...words] = announcement.split(' ');
    if (announcer === this.#announcer) return [];
    if (words[0] === LOST) return LOST;
    const heard: [string, number][] = [];
    for (let at = 0; at < words.length; at += 2) {
      const [family = '', generation] = [words[at], Number(words[at + 1])];
      if (!Number.isSafeInteger(generation)) return undefined;
      heard.push([family, generation]);
    }
    return heard;
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
