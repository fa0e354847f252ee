import { randomBytes, randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'tap';
import { packed } from '../../src/blog/packed-bodies.ts';
import { firstLine, sharedBody, withMarks } from '../../src/blog/shared-body.ts';
import { ownBytes } from '../../src/cache/entry.ts';
import { newEntry } from '../../src/cache/freshness.ts';
import { MemoryTier } from '../../src/cache/memory-tier.ts';
import { CONTENT_CODINGS } from '../../src/http/content-coding.ts';
import { until } from '../support/http.ts';
import { openCache } from '../support/open-cache.ts';

const MB = 1024 * 1024;
/** Marks that no body here is about. */
const SOMEBODYS = { favorited: new Set(['0']), following: new Set<string>() };

test('what is loaded, or taken over from Redis, keeps alive no more than itself', async (t) => {
  const settings = { prefix: `test-${randomUUID()}`, commandTimeoutMs: '5000', freshMs: '600000' };
  const writer = await openCache(t, settings);
  const reader = await openCache(t, settings);
  const body = randomBytes(300).toString('hex');
  let fromRedis = 0;
  for (let index = 0; index < 1000; index += 50) {
    const keys = Array.from({ length: 50 }, (_, offset) => ({ family: 'things', name: `small-${index + offset}` }));
    for (const cache of [writer, reader]) {
      const answers = await Promise.all(keys.map((key) => cache.read(key, async () => body)));
      for (const { entry, source } of answers) {
        if (source === 'redis') fromRedis += 1;
        if (entry.body?.buffer.byteLength === body.length) continue;
        t.fail(`from ${source}: a view of ${entry.body?.buffer.byteLength} bytes`);
        return;
      }
    }
  }
  // On a busy machine a heartbeat may come late, and Redis is not used for a moment.
  t.ok(fromRedis >= 100, `${fromRedis} came from Redis`);
});

test('the memory of a process stays within its bound, whatever comes', async (t) => {
  const cache = await openCache(t, { memoryBytes: String(MB), freshMs: '600000' });
  for (let index = 0; index < 2000; index += 1) {
    await cache.read({ family: 'things', name: `large-${index}` }, async () => 'x'.repeat(index * 10));
    const { bytes } = cache.snapshot().memory;
    if (bytes > MB) t.fail(`${bytes} bytes after ${index} entries`);
  }
  t.ok(cache.snapshot().memory.entries < 2000, 'the least recently used went');
});

const article = (index: number) =>
  `{"title":"${'t'.repeat(300)}","favorited":false,"author":{"username":"reader","following":false}}\n${index} ${index} `;
const list = (index: number) => {
  const ids = Array(20).fill(index);
  return `{"articles":[${Array(20).fill(firstLine(article(index)))}]}\n${ids} ${ids} 1763733600123.4242`;
};

for (const [what, entries, bodyOf] of [
  ['things that are missing', 80_000, () => null],
  ['articles', 60_000, article],
  ['lists', 7000, list],
] as const) {
  test(`a memory that is filled with ${what}, several times over, takes no more than its bound`, async (t) => {
    const bound = 16 * MB;
    const before = await memoryInUse();
    const tier = new MemoryTier(bound);
    for (let index = 0; index < entries; index += 1) {
      const body = bodyOf(index);
      const kept = body === null ? null : ownBytes(body);
      const entry = newEntry(kept, { loadedAt: index, generation: 1.7e15 + index, freshMs: 30_000 });
      tier.keepNewest(`articles/articles.by_slug:abcdefgh:["${what}-${index}"]`, entry);
      if (entry.body !== null) withMarks(sharedBody(entry.body), SOMEBODYS);
    }
    const taken = (await memoryInUse()) - before;
    t.ok(tier.size < entries / 2, 'it was filled more than twice');
    t.ok(taken < 1.25 * bound, `${Math.round(taken / MB)} MB`);
    t.ok(taken > 0.5 * bound, `${Math.round(taken / MB)} MB: what was counted is there`);
  });
}

test('nor does one whose bodies are packed beside themselves', async (t) => {
  const bound = 4 * MB;
  const before = await memoryInUse();
  const tier = new MemoryTier(bound);
  for (let index = 0; index < 300; index += 1) {
    const text = ownBytes(`{"body":"${randomBytes(4000).toString('hex').repeat(3)}"}`);
    const entry = newEntry(text, { loadedAt: index, generation: 1.7e15 + index, freshMs: 30_000 });
    tier.keepNewest(`articles/articles.by_slug:abcdefgh:["packed-${index}"]`, entry);
    if (entry.body === null) continue;
    const { bytes } = sharedBody(entry.body);
    for (const coding of CONTENT_CODINGS) {
      await until('it is packed', () => packed(bytes, coding) !== undefined);
    }
  }
  const taken = (await memoryInUse()) - before;
  t.ok(tier.size < 150, 'it was filled more than twice');
  t.ok(taken < 1.25 * bound, `${Math.round(taken / MB)} MB`);
});

/** The memory of V8's heap and of buffers that somebody holds. */
async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => Promise<void> | undefined;
  // Buffers of what was collected are freed a little later.
  for (let round = 0; round < 4; round += 1) {
    collectGarbage();
    await setImmediate();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
