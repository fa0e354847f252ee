import type { Redis } from 'ioredis';
import type { RedisCommands } from '../cache/redis-connections.ts';

/** How full Redis is: the sums of its masters, whoever uses them. */
export type RedisUsage = {
  readonly entries: number;
  readonly bytes: number;
  /** 0 is no bound. */
  readonly maxBytes: number;
  readonly evictions: number;
};

const PAUSE_MS = 2000;

/** Asks Redis now and then how full it is, so that nobody who wants to know has to wait for it. */
export class RedisUsageWatch {
  readonly #redis: () => RedisCommands | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What Redis said last; undefined while it is away, or does not say (INFO may be forbidden). */
  usage: RedisUsage | undefined;

  /** `redis` is undefined while Redis is away. */
  constructor(redis: () => RedisCommands | undefined) {
    this.#redis = redis;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), PAUSE_MS).unref();
    void this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const redis = this.#redis();
    try {
      this.usage = redis && sum(await Promise.all(mastersOf(redis).map(async (master) => master.info())));
    } catch {
      this.usage = undefined;
    }
  }
}

function mastersOf(redis: RedisCommands): readonly Redis[] {
  return 'nodes' in redis ? redis.nodes('master') : [redis];
}

function sum(infos: readonly string[]): RedisUsage {
  const total = (pattern: RegExp) =>
    infos.flatMap((info) => [...info.matchAll(pattern)]).reduce((sum, [, value]) => sum + Number(value), 0);
  return {
    entries: total(/^db\d+:keys=(\d+)/gm),
    bytes: total(/^used_memory:(\d+)/gm),
    maxBytes: total(/^maxmemory:(\d+)/gm),
    evictions: total(/^evicted_keys:(\d+)/gm),
  };
}
