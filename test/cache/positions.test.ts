import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Test, test } from 'tap';
import type { LoadContext } from '../../src/cache/answer.ts';
import { until } from '../support/http.ts';
import { openCache, type TextCache, THING, textOf } from '../support/open-cache.ts';
import { sharedServers } from '../support/shared-servers.ts';

type Source = {
  /** How far the primary has come. */
  position: number | undefined;
  /** How often it was asked. */
  asked: number;
};

/** A cache, the source that it may ask for a position, and what Redis holds about the family. */
async function withSource(t: Test): Promise<{
  cache: TextCache;
  other: TextCache;
  source: Source;
  client: Redis;
  /** Where Redis keeps the generation. */
  key: string;
  stamp: () => Promise<string>;
}> {
  const prefix = `test-${randomUUID()}`;
  const key = `${prefix}:{things}:generation`;
  const client = new Redis(sharedServers().redisUrl);
  t.teardown(() => client.disconnect());
  const source: Source = { position: undefined, asked: 0 };
  const currentPosition = async () => {
    source.asked += 1;
    return source.position;
  };
  return {
    cache: await openCache(t, { prefix, currentPosition }),
    other: await openCache(t, { prefix }),
    source,
    client,
    key,
    stamp: async () => (await client.get(key)) ?? '',
  };
}

/** Loads a key that nobody has loaded, and returns the position that the load was given. */
async function positionOfLoad(cache: TextCache, family = 'things'): Promise<number | undefined> {
  const asked: LoadContext[] = [];
  await cache.read({ family, name: randomUUID() }, async (context) => {
    asked.push(context);
    return 'answer';
  });
  return asked[0]?.position;
}

/** Readers ask for it again and again, because after a failure it is not tried at once. */
async function untilVouched(cache: TextCache, stamp: () => Promise<string>, position: number): Promise<void> {
  await until('it is vouched for', async () => {
    await positionOfLoad(cache);
    return (await stamp()).endsWith(` ${position}`);
  });
}

test('a load is told what it must contain: nothing is known at first, then what was vouched for', async (t) => {
  const { cache, other, source, stamp } = await withSource(t);
  t.equal(await positionOfLoad(cache), undefined, 'only the primary will do');
  source.position = 4000;
  await untilVouched(cache, stamp, 4000);
  t.equal(await positionOfLoad(cache), 4000);
  t.equal(await positionOfLoad(other), 4000, 'another instance too, though it cannot vouch itself');
  const { asked } = source;
  await positionOfLoad(cache);
  t.equal(source.asked, asked, 'what has a position needs no other');
});

test('a write moves the position forward, never back', async (t) => {
  const { cache, source, stamp } = await withSource(t);
  source.position = 100;
  await untilVouched(cache, stamp, 100);
  for (const [position, contains] of [
    [250, 250],
    [240, 250],
    [2 ** 53 - 1, 2 ** 53 - 1],
  ] as const) {
    await cache.raise(['things'], position);
    t.equal(await positionOfLoad(cache), contains, `after a write at ${position}`);
  }
});

test('a write without a position makes it unknown, and one with a position does not mend that', async (t) => {
  const { cache, other, source, stamp } = await withSource(t);
  source.position = 100;
  await untilVouched(cache, stamp, 100);
  await other.raise(['things']);
  await other.raise(['things'], 300);
  t.match(await stamp(), / \?$/);
  t.equal(await positionOfLoad(other), undefined);
  for (const nonsense of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY, 2 ** 53]) {
    source.position = nonsense;
    await positionOfLoad(cache);
    await other.raise(['things'], nonsense);
    t.match(await stamp(), / \?$/, `${nonsense} is no position`);
  }
  source.position = 400;
  await until('it is vouched for again', async () => (await positionOfLoad(cache)) === 400);
});

test('what nobody has read yet is vouched for with what somebody reads', async (t) => {
  const { cache, other, source, stamp } = await withSource(t);
  source.position = 700;
  await untilVouched(cache, stamp, 700);
  // This one cannot vouch for anything itself.
  await until('the other family has it too', async () => (await positionOfLoad(other, 'others')) === 700);
});

test('whoever reads after a write shares no load that may lack it', async (t) => {
  const { cache, source, stamp } = await withSource(t);
  source.position = 100;
  await untilVouched(cache, stamp, 100);
  for (let written = 200; written < 240; written += 1) {
    const gate = Promise.withResolvers<void>();
    const load = async ({ position }: LoadContext) => {
      await gate.promise;
      return String(position);
    };
    const key = { family: 'things', name: randomUUID() };
    // In one turn of the event loop: a reader whom Redis is asked for, the write, and one who is asked for with the first.
    const first = cache.read({ family: 'things', name: randomUUID() }, load);
    const announced = cache.raise(['things'], written);
    const beside = cache.read(key, load);
    await announced;
    const after = textOf(cache, load, key);
    await sleep(2);
    gate.resolve();
    t.equal(await after, String(written));
    await Promise.all([first, beside]);
  }
});

test('a write over a lost generation has no position', async (t) => {
  const { other, client, key, stamp } = await withSource(t);
  await positionOfLoad(other);
  await client.del(key);
  await other.raise(['things'], 300);
  t.match(await stamp(), / \?$/);
});

test('a generation that rose while it was vouched for stays without a position', async (t) => {
  const prefix = `test-${randomUUID()}`;
  let vouch: (position: number) => void = () => {};
  let asked = 0;
  const currentPosition = () => {
    asked += 1;
    return new Promise<number>((resolve) => {
      vouch = resolve;
    });
  };
  const cache = await openCache(t, { prefix, currentPosition });
  await positionOfLoad(cache);
  await positionOfLoad(cache);
  t.equal(asked, 1, 'one at a time');
  await cache.raise(['things']);
  vouch(100);
  await until('the next reader asks anew', async () => {
    await positionOfLoad(cache);
    return asked === 2;
  });
  t.equal(await positionOfLoad(cache), undefined);
  vouch(200);
  await until('that one counts', async () => (await positionOfLoad(cache)) === 200);
});

test('that no position can be told disturbs nobody', async (t) => {
  const cache = await openCache(t, {
    currentPosition: async () => {
      throw new Error('the primary is away');
    },
  });
  for (let round = 0; round < 3; round += 1) t.equal(await positionOfLoad(cache), undefined);
  t.equal(await textOf(cache, async () => 'answer', THING), 'answer');
});

test('a generation that went back with the clock of Redis is noticed at the next write', async (t) => {
  const { cache, other, client, key } = await withSource(t);
  let row = 'before';
  const load = async () => row;
  await client.set(key, '8999999999999999 100');
  await Promise.all([
    textOf(cache, load),
    textOf(other, load),
    textOf(other, load, { family: 'things', name: 'x' }),
  ]);
  await client.del(key);
  row = 'after';
  await cache.raise(['things'], 500);
  t.equal(await textOf(cache, load), row, 'by the writer');
  await until('by the other instance', async () => (await textOf(other, load)) === row, 1000);
});

test('what a source that is behind answers is given, as stale, and never taken for current', async (t) => {
  const { cache, other } = await withSource(t);
  const behind = (text: string | null) => async (context: LoadContext) => {
    context.onBehind();
    return text;
  };
  for (let round = 0; round < 2; round += 1) {
    const { entry, source } = await cache.read(THING, behind('behind'));
    t.strictSame([source, entry.body?.toString()], ['stale', 'behind']);
  }
  t.equal((await other.read(THING, async () => 'whole')).source, 'load', 'others do not get it');
  await until(
    'it is loaded when that is possible',
    async () => (await textOf(cache, async () => 'whole')) === 'whole',
  );
  await cache.raise(['things']);
  t.equal(await textOf(cache, behind('behind')), 'behind');
  t.equal(await textOf(cache, behind(null)), 'whole', 'what was there is not said to be missing');
});
