import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { until } from '../support/http.ts';
import { LoadFailed, openCache, THING, textOf } from '../support/open-cache.ts';

const fails = async () => {
  throw new LoadFailed();
};

test('an answer is loaded once, then comes from memory, and from Redis in another process', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const [one, other] = [await openCache(t, { prefix }), await openCache(t, { prefix })];
  const load = async () => 'first';
  t.equal((await one.read(THING, load)).source, 'load');
  t.equal((await one.read(THING, fails)).source, 'memory');
  await until('Redis has it', async () => (await other.read(THING, async () => 'loaded again')).source === 'redis');
  t.equal(await textOf(other, fails), 'first');
});

test('the writer sees its write at the next read, another instance within 100 ms', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const [writer, reader] = [await openCache(t, { prefix }), await openCache(t, { prefix })];
  let row = 'v0';
  const load = async () => row;
  const delays: number[] = [];
  for (let version = 1; version <= 20; version += 1) {
    await Promise.all([textOf(writer, load), textOf(reader, load)]);
    row = `v${version}`;
    await writer.raise(['things']);
    t.equal(await textOf(writer, load), row);
    delays.push(await until('the other sees it', async () => (await textOf(reader, load)) === row, 1000));
  }
  const median = delays.toSorted((a, b) => a - b)[10] ?? Number.NaN;
  t.ok(median < 100, `the other instance saw it after ${median.toFixed(1)} ms (median of 20)`);
});

test('raising one family leaves the others alone', async (t) => {
  const cache = await openCache(t);
  const other = { family: 'others', name: 'one' };
  await textOf(cache, async () => 'kept', other);
  await cache.raise(['things']);
  t.equal((await cache.read(other, fails)).source, 'memory');
});

test('many writes at the same time leave the other families alone, and all are seen', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const unhurried = { prefix, commandTimeoutMs: '10000' };
  const [cache, other] = [await openCache(t, unhurried), await openCache(t, unhurried)];
  const alone = { family: 'others', name: 'one' };
  for (const instance of [cache, other]) await textOf(instance, async () => 'kept', alone);
  let row = 0;
  const write = async (instance: typeof cache) => {
    row += 1;
    const written = row;
    await instance.raise(['things', 'sessions']);
    t.ok(Number(await textOf(instance, async () => String(row))) >= written);
  };
  const writes = Array.from({ length: 100 }, (_, number) => write(number % 2 === 0 ? cache : other));
  await Promise.all(writes);
  for (const instance of [cache, other]) {
    t.equal((await instance.read(alone, fails)).source, 'memory');
    await until('the last write is seen', async () => (await textOf(instance, async () => String(row))) === '100');
  }
});

test('a slow load that began before a write is never served after it', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const [cache, other] = [await openCache(t, { prefix }), await openCache(t, { prefix })];
  let release: (text: string) => void = () => {};
  const slow = textOf(cache, () => new Promise((resolve) => (release = resolve)));
  await sleep(20);
  await cache.raise(['things']);
  const fresh = textOf(cache, async () => 'new');
  t.equal(await fresh, 'new', 'a reader after the write does not join the load of before');
  release('old');
  t.equal(await slow, 'old', 'whoever asked before the write may see what was before');
  t.equal(await textOf(cache, async () => 'new'), 'new');
  t.equal(await textOf(other, async () => 'new'), 'new');
});

test('a thousand readers of one missing thing make one load, when it fails too', async (t) => {
  const cache = await openCache(t);
  let loads = 0;
  const thousand = (load: () => Promise<string>) =>
    Promise.allSettled(Array.from({ length: 1000 }, () => textOf(cache, load)));
  const good = await thousand(async () => {
    loads += 1;
    await sleep(30);
    return 'answer';
  });
  t.equal(loads, 1);
  t.ok(good.every((result) => result.status === 'fulfilled' && result.value === 'answer'));

  await cache.raise(['others']);
  loads = 0;
  const bad = await Promise.allSettled(
    Array.from({ length: 1000 }, () =>
      cache.read({ family: 'others', name: 'broken' }, async () => {
        loads += 1;
        await sleep(30);
        throw new LoadFailed();
      }),
    ),
  );
  t.equal(loads, 1);
  t.ok(bad.every((result) => result.status === 'rejected'));
});

test('an expired answer is loaded anew, and given all the same when that fails', async (t) => {
  const cache = await openCache(t, { freshMs: '30' });
  await textOf(cache, async () => 'first');
  await sleep(40);
  t.equal(await textOf(cache, async () => 'second'), 'second');
  await sleep(40);
  const { entry, source } = await cache.read(THING, fails);
  t.equal(source, 'stale');
  t.equal(entry.body?.toString(), 'second');
  t.ok(entry.freshUntil < Date.now(), 'and says that it has expired');
});

test('while nothing can be loaded, Redis is asked about once a second, and again at once after a change', async (t) => {
  const prefix = `test-${randomUUID()}`;
  let canLoad = true;
  const load = async () => {
    if (canLoad) return 'first';
    throw new LoadFailed();
  };
  const missing = { family: 'things', name: 'nobody has it' };
  const cut = await openCache(t, {
    prefix,
    freshMs: '1',
    canLoad: () => canLoad,
  });
  const other = await openCache(t, { prefix });
  await textOf(cut, load);
  canLoad = false;
  const startedAt = performance.now();
  for (let times = 0; times < 100; times += 1) {
    t.equal(await textOf(cut, load), 'first');
    await t.rejects(textOf(cut, load, missing), new LoadFailed());
  }
  const { hit, miss, stale, bypass } = cut.lookups.redis;
  t.equal(bypass, 0, 'none of them counts as a Redis that is away');
  const asked = hit + miss + stale - 1;
  const seconds = (performance.now() - startedAt) / 1000;
  t.ok(asked <= 2 * (2 + seconds), `asked ${asked} times in ${seconds} s`);

  await other.raise(['things']);
  for (const key of [THING, missing]) await textOf(other, async () => 'second', key);
  for (const key of [THING, missing]) {
    const found = () => textOf(cut, load, key).catch(() => undefined);
    await until('what another instance has loaded is found', async () => (await found()) === 'second');
  }
});

test('an error that an older answer is no help for reaches the reader', async (t) => {
  const cache = await openCache(t, { freshMs: '10' });
  await textOf(cache, async () => 'first');
  await sleep(20);
  const bug = new TypeError('a bug');
  await t.rejects(
    async () =>
      cache.read(THING, async () => {
        throw bug;
      }),
    bug,
  );
});

test('that a thing does not exist is kept briefly, and never said in an outage', async (t) => {
  const cache = await openCache(t, { freshMs: '50' });
  let loads = 0;
  const missing = async () => {
    loads += 1;
    return null;
  };
  t.equal(await textOf(cache, missing), null);
  t.equal(await textOf(cache, missing), null);
  t.equal(loads, 1);
  await sleep(60);
  await t.rejects(async () => cache.read(THING, fails), new LoadFailed());
});

test('memory stays within its bound, and 0 turns it off', async (t) => {
  const bound = 100_000;
  const cache = await openCache(t, { memoryBytes: String(bound) });
  for (let number = 0; number < 500; number += 1) {
    await textOf(cache, async () => 'x'.repeat(1000), { family: 'things', name: String(number) });
  }
  const { memory } = cache.snapshot();
  t.ok(memory.bytes <= bound && memory.bytes > bound / 2, `${memory.bytes} bytes`);

  const off = await openCache(t, { memoryBytes: '0' });
  await textOf(off, async () => 'first');
  await until('Redis answers', async () => (await off.read(THING, async () => 'again')).source === 'redis');
});
