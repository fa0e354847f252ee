import { randomUUID } from 'node:crypto';
import { setImmediate as turnEnds } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { test } from 'tap';
import { GatheredReads } from '../../src/cache/gathered-reads.ts';
import { sharedServers } from '../support/shared-servers.ts';

test('what is asked for in one turn is read by few commands, and everybody gets what they asked for', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const redis = new Redis(sharedServers().redisUrl, { maxRetriesPerRequest: 0 });
  t.teardown(() => redis.disconnect());
  const sizes: number[] = [];
  const reads = new GatheredReads((keys) => {
    sizes.push(keys.length);
    return redis.mgetBuffer(keys);
  });
  const keyOf = (family: string, number: number) => `${prefix}:${family}:${number}`;
  for (const family of ['things', 'others']) {
    await redis.set(`${prefix}:${family}`, `stamp of ${family}`);
    for (let number = 1; number < 130; number += 1) await redis.set(keyOf(family, number), `${family} ${number}`);
  }
  const read = async (family: string, number: number) => {
    const values = await reads.read(`${prefix}:${family}`, keyOf(family, number));
    return values.map((value) => value?.toString());
  };

  const numbers = Array.from({ length: 130 }, (_, number) => number);
  const [things, others] = await Promise.all(
    ['things', 'others'].map((family) => Promise.all(numbers.map((number) => read(family, number)))),
  );
  t.same(sizes, [101, 31, 101, 31], 'a hundred at most, each time with what stands for the family');
  const expected = (family: string) =>
    numbers.map((number) => [`stamp of ${family}`, number === 0 ? undefined : `${family} ${number}`]);
  t.same(things, expected('things'));
  t.same(others, expected('others'));

  t.same(await read('nobody', 1), [undefined, undefined]);
  const early = read('things', 1);
  await turnEnds();
  t.same([await early, await read('things', 2)], [things?.[1], things?.[2]], 'the next turn is another command');

  redis.disconnect();
  const outcomes = await Promise.allSettled(numbers.map((number) => read('things', number)));
  t.ok(outcomes.every(({ status }) => status === 'rejected'));
});
