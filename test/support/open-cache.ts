import { randomUUID } from 'node:crypto';
import type { CacheAnswer, CacheKey, LoadContext } from '../../src/cache/answer.ts';
import { Cache, type CacheObserver, type CacheOptions } from '../../src/cache/cache.ts';
import { ownBytes } from '../../src/cache/entry.ts';
import { loadConfig } from '../../src/config/config.ts';
import { sharedServers } from './shared-servers.ts';

/** A load as tests write it, with a text, or as it is. */
export type TextLoad = (context: LoadContext) => Promise<string | Buffer | null>;

export class TextCache extends Cache {
  override read(key: CacheKey, load: TextLoad, isGone?: () => boolean): CacheAnswer | Promise<CacheAnswer> {
    const loadBytes = async (context: LoadContext) => {
      const loaded = await load(context);
      return typeof loaded === 'string' ? ownBytes(loaded) : loaded;
    };
    return super.read(key, loadBytes, isGone);
  }
}

/** The error of a load that an older answer is better than. */
export class LoadFailed extends Error {}

export type CacheSettings = {
  readonly prefix?: string;
  readonly redisUrl?: string;
  readonly commandTimeoutMs?: string;
  readonly freshMs?: string;
  readonly memoryBytes?: string;
  readonly canLoad?: () => boolean;
  readonly staleIf?: (error: unknown) => boolean;
  readonly currentPosition?: () => Promise<number | undefined>;
  readonly onRevalidated?: CacheObserver['revalidated'];
  readonly onUnexpected?: CacheObserver['unexpected'];
};

/** What ends: a test, or a part of one. */
type Owner = { teardown(undo: () => unknown): void };

/** One instance of the cache as a server process has it; two with one prefix are two servers. */
export async function openCache(test: Owner, settings: CacheSettings = {}): Promise<TextCache> {
  const { cache: config, redis } = loadConfig({
    DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
    REDIS_URL: settings.redisUrl ?? sharedServers().redisUrl,
    REDIS_COMMAND_TIMEOUT_MS: settings.commandTimeoutMs,
    CACHE_FRESH_MS: settings.freshMs,
    CACHE_MEMORY_BYTES: settings.memoryBytes,
  });
  const options: CacheOptions = {
    config,
    redis,
    prefix: settings.prefix ?? `test-${randomUUID()}`,
    families: ['things', 'others', 'sessions'],
    staleIf: settings.staleIf ?? ((error) => error instanceof LoadFailed),
    canLoad: settings.canLoad ?? (() => true),
    ...(settings.currentPosition && { currentPosition: settings.currentPosition }),
    observer: {
      redis: () => {},
      revalidated: settings.onRevalidated ?? (() => {}),
      unexpected: settings.onUnexpected ?? (() => {}),
    },
  };
  const cache = new TextCache(options);
  test.teardown(() => cache.stop());
  await cache.start();
  return cache;
}

export const THING = { family: 'things', name: 'one' } as const;

/** Reads as a route does and returns the text, or null. */
export async function textOf(
  cache: TextCache,
  load: TextLoad,
  key: { family: string; name: string } = THING,
): Promise<string | null> {
  const { entry } = await cache.read(key, load);
  return entry.body?.toString() ?? null;
}
