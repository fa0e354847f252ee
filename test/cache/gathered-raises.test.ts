import { randomUUID } from 'node:crypto';
import { setImmediate as turnEnds } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { test } from 'tap';
import { GatheredRaises } from '../../src/cache/gathered-raises.ts';
import { until } from '../support/http.ts';
import { openCache, textOf } from '../support/open-cache.ts';
import { sharedServers } from '../support/shared-servers.ts';

test('what is raised in one turn is announced once, and is raised for everybody', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const listener = new Redis(sharedServers().redisUrl);
  t.teardown(() => listener.disconnect());
  const announcements: string[][] = [];
  listener.on('message', (_channel, message: string) => {
    const [, ...words] = message.split(' ');
    announcements.push(words.filter((_word, index) => index % 2 === 0).toSorted());
  });
  await listener.subscribe(`${prefix}:generations`);
  const writer = await openCache(t, { prefix });
  const other = await openCache(t, { prefix });
  for (const cache of [writer, other]) await textOf(cache, async () => 'before');

  await Promise.all([writer.raise(['things']), writer.raise(['things', 'others']), writer.raise(['sessions'])]);
  t.equal(await textOf(writer, async () => 'after'), 'after', 'whoever wrote reads what was written');
  await until(
    'the other instance has heard of it',
    async () => (await textOf(other, async () => 'later')) !== 'before',
  );
  await until('everybody has', async () => announcements.length === 1);
  t.strictSame(announcements, [['others', 'sessions', 'things']]);

  const early = writer.raise(['things']);
  await turnEnds();
  await Promise.all([early, writer.raise(['others'])]);
  await until('both are heard', async () => announcements.length === 3);
  t.strictSame(announcements.slice(1), [['things'], ['others']], 'the next turn has an announcement of its own');
});

test('writes that are announced together have the furthest position, and none where one has none', async (t) => {
  const raised: [string[], number | undefined][] = [];
  const raises = new GatheredRaises(async (families, position) => {
    raised.push([[...families], position]);
  });
  await Promise.all([raises.raise(['a'], 300), raises.raise(['b', 'a'], 100)]);
  await Promise.all([raises.raise(['a'], 300), raises.raise(['b'], undefined), raises.raise(['c'], 400)]);
  await Promise.all([raises.raise(['d'], undefined), raises.raise(['d'], 300)]);
  await Promise.all([raises.raise(['d'], 300), raises.raise(['d'], Number.NaN)]);
  t.strictSame(raised, [
    [['a', 'b'], 300],
    [['a', 'b', 'c'], undefined],
    [['d'], undefined],
    [['d'], Number.NaN],
  ]);
});

test('everybody is told of a failure, and the next raise is another', async (t) => {
  let fails = true;
  const raises = new GatheredRaises(async () => {
    if (fails) throw new Error('no');
  });
  const outcomes = await Promise.allSettled([raises.raise(['a'], 1), raises.raise(['b'], 2)]);
  t.ok(outcomes.every(({ status }) => status === 'rejected'));
  fails = false;
  await raises.raise(['a'], 1);
});
