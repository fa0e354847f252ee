import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { test } from 'tap';
import type { CacheAnswer } from '../../src/cache/answer.ts';
import { until } from '../support/http.ts';
import { LoadFailed, openCache, THING, textOf } from '../support/open-cache.ts';
import { sharedServers } from '../support/shared-servers.ts';

const untilDue = ({ entry }: CacheAnswer) => sleep(entry.revalidateAt - Date.now() + 5);

test('what is about to expire is served at once, and loaded anew once in the background', async (t) => {
  const cache = await openCache(t, { freshMs: '5000' });
  const first = await cache.read(THING, async () => 'first');
  let loads = 0;
  let release: (text: string) => void = () => {};
  const load = () => {
    loads += 1;
    return new Promise<string>((resolve) => {
      release = resolve;
    });
  };
  t.equal((await cache.read(THING, load)).source, 'memory');
  t.equal(loads, 0, 'before its time nothing is loaded');
  await untilDue(first);
  for (let round = 0; round < 100; round += 1) {
    const { entry, source } = await cache.read(THING, load);
    t.equal(source, 'memory');
    t.equal(entry.body?.toString(), 'first');
    t.ok(Date.now() < entry.freshUntil, 'and is fresh');
  }
  await until('a load is under way', () => loads === 1);
  release('second');
  await until('the new answer is there', async () => (await textOf(cache, load)) === 'second');
  t.equal(loads, 1);
  t.equal(cache.snapshot().loadsUnderWay, 0);
});

test('a key that is read all the time never misses by time', async (t) => {
  const cache = await openCache(t, { freshMs: '3000' });
  let version = 0;
  const sources = new Set<string>();
  const load = async () => {
    version += 1;
    return String(version);
  };
  await textOf(cache, load);
  const end = Date.now() + 7000;
  while (Date.now() < end) {
    const { source } = await cache.read(THING, load);
    sources.add(source);
    await sleep(5);
  }
  t.strictSame([...sources], ['memory']);
  t.ok(version >= 3, `it was loaded ${version} times`);
});

test('with the memory turned off it is Redis that is kept fresh', async (t) => {
  const cache = await openCache(t, { freshMs: '3000', memoryBytes: '0' });
  const first = await cache.read(THING, async () => 'first');
  const load = async () => 'second';
  await until('Redis has it', async () => (await cache.read(THING, load)).source === 'redis');
  await untilDue(first);
  const { entry, source } = await cache.read(THING, load);
  t.strictSame([source, entry.body?.toString()], ['redis', 'first']);
  await until('the new answer is there', async () => (await textOf(cache, load)) === 'second');
});

test('what a write has outdated is never served this way', async (t) => {
  const cache = await openCache(t, { freshMs: '2000' });
  const first = await cache.read(THING, async () => 'first');
  await untilDue(first);
  await cache.raise(['things']);
  const { entry, source } = await cache.read(THING, async () => 'second');
  t.strictSame([source, entry.body?.toString()], ['load', 'second']);
});

test('a write during the load in the background is not undone by it', async (t) => {
  const cache = await openCache(t, { freshMs: '3000' });
  const first = await cache.read(THING, async () => 'first');
  await untilDue(first);
  let release: ((text: string) => void) | undefined;
  const slow = () =>
    new Promise<string>((resolve) => {
      release = resolve;
    });
  await cache.read(THING, slow);
  await until('the load has begun', () => release !== undefined);
  await cache.raise(['things']);
  t.equal(await textOf(cache, async () => 'written'), 'written', 'nobody joins the load of before');
  release?.('before');
  await until('it has ended', () => cache.snapshot().loadsUnderWay === 0);
  t.equal(await textOf(cache, async () => 'written'), 'written');
});

test('what another instance has loaded anew is taken from Redis', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const ends: string[] = [];
  const open = (name: string) =>
    openCache(t, { prefix, freshMs: '3000', onRevalidated: (result) => ends.push(`${name} ${result}`) });
  const [one, other] = [await open('one'), await open('other')];
  const first = await one.read(THING, async () => 'first');
  await until('Redis has it', async () => (await other.read(THING, async () => 'no')).source === 'redis');
  await untilDue(first);
  await textOf(one, async () => 'second');
  await until('it is loaded anew', async () => (await textOf(one, async () => 'no')) === 'second');
  const client = new Redis(sharedServers().redisUrl);
  t.teardown(() => client.disconnect());
  const key = `${prefix}:{things}:entry:${THING.name}`;
  await until('Redis has that too', async () => (await client.get(key))?.endsWith('second') === true);
  let loads = 0;
  const load = async () => {
    loads += 1;
    return 'third';
  };
  await until('the other has it', async () => (await textOf(other, load)) === 'second');
  t.equal(loads, 0);
  t.same(ends, ['one loaded', 'other found'], 'and the metrics can tell');
});

test('loads in the background are few at once, and no reader hears of their failure', async (t) => {
  const ends: string[] = [];
  const unexpected: unknown[] = [];
  const cache = await openCache(t, {
    freshMs: '6000',
    onRevalidated: (result) => ends.push(result),
    onUnexpected: (error) => unexpected.push(error),
  });
  const keys = Array.from({ length: 50 }, (_, number) => ({ family: 'things', name: String(number) }));
  const answers = await Promise.all(keys.map((key) => cache.read(key, async () => 'first')));
  await sleep(Math.max(...answers.map(({ entry }) => entry.revalidateAt)) - Date.now() + 5);
  let loads = 0;
  let fail: () => void = () => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const mistake = new TypeError('a mistake of ours');
  const load = async () => {
    loads += 1;
    const error = loads === 1 ? mistake : new LoadFailed();
    await failed;
    throw error;
  };
  const read = () => Promise.all(keys.map((key) => textOf(cache, load, key)));
  t.ok((await read()).every((text) => text === 'first'));
  await until('loads are under way', () => loads > 0);
  await read();
  t.equal(cache.snapshot().loadsUnderWay, 4);
  fail();
  await until('they have ended', () => cache.snapshot().loadsUnderWay === 0);
  t.ok((await read()).every((text) => text === 'first'));
  t.equal(loads, 4, 'after a failure none is begun for a moment');
  t.same(ends, ['failed', 'failed', 'failed', 'failed'], 'only the metrics do');
  t.same(unexpected, [mistake], 'and the log, of what nobody foresaw');
});

test('what was loaded together is not loaded anew together', async (t) => {
  const cache = await openCache(t, { freshMs: '30000' });
  const keys = Array.from({ length: 200 }, (_, number) => ({ family: 'things', name: String(number) }));
  const entries = (await Promise.all(keys.map((key) => cache.read(key, async () => 'x')))).map(
    ({ entry }) => entry,
  );
  for (const limit of ['revalidateAt', 'freshUntil'] as const) {
    const lasting = entries.map((entry) => entry[limit] - entry.loadedAt);
    const spreadMs = Math.max(...lasting) - Math.min(...lasting);
    t.ok(spreadMs > 1500, `${limit} is spread over ${spreadMs} ms`);
  }
  t.ok(entries.every(({ loadedAt, freshUntil }) => freshUntil - loadedAt <= 30_000));
});
