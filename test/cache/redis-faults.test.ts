import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import tap, { type Test, test } from 'tap';
import { startServers } from '../../src/throwaway/servers.ts';
import { until } from '../support/http.ts';
import { openCache, type TextCache, THING, textOf } from '../support/open-cache.ts';
import { inflict } from '../support/private-servers.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const servers = await startServers({ purpose: 'fault' });
tap.teardown(() => servers.remove());

const isUp = (cache: TextCache) => cache.snapshot().redis.state === 'up';

async function twoInstances(t: Test): Promise<{ one: TextCache; other: TextCache; client: Redis; prefix: string }> {
  const prefix = `test-${randomUUID()}`;
  const redisUrl = servers.redis.url;
  const client = new Redis(redisUrl);
  client.on('error', () => {});
  t.teardown(() => client.disconnect());
  return {
    one: await openCache(t, { prefix, redisUrl }),
    other: await openCache(t, { prefix, redisUrl }),
    client,
    prefix,
  };
}

test('a hung Redis costs a bounded few milliseconds at first and nothing after', async (t) => {
  const { one } = await twoInstances(t);
  await inflict('freeze', servers.redis);
  const durations: number[] = [];
  for (let number = 0; number < 30; number += 1) {
    const startedAt = performance.now();
    t.equal(await textOf(one, async () => 'answer', { family: 'things', name: String(number) }), 'answer');
    durations.push(performance.now() - startedAt);
  }
  t.ok(Math.max(...durations) < 150, `the slowest took ${Math.max(...durations).toFixed(1)} ms`);
  const later = durations.slice(10).toSorted((a, b) => a - b);
  t.ok((later[10] ?? Number.NaN) < 5, `later ones ${later[10]?.toFixed(2)} ms (median)`);
  t.equal(one.snapshot().redis.state, 'down');
  await inflict('thaw', servers.redis);
  await until('it is used again', () => isUp(one));
});

test('after an outage of Redis nothing outdated comes back', async (t) => {
  const { one, other } = await twoInstances(t);
  let row = 'before';
  const load = async () => row;
  await Promise.all([textOf(one, load), textOf(other, load)]);
  await inflict('freeze', servers.redis);
  row = 'written during the outage';
  await one.raise(['things']);
  t.equal(await textOf(one, load), row, 'the writer sees its write although nobody could be told');
  await inflict('thaw', servers.redis);
  await until('both use it again', () => isUp(one) && isUp(other));
  t.equal(await textOf(one, load), row);
  t.equal(await textOf(other, load), row);
});

test('a restarted, empty Redis brings no old generation back', async (t) => {
  const { one, other } = await twoInstances(t);
  let row = 'before';
  const load = async () => row;
  await Promise.all([textOf(one, load), textOf(other, load)]);
  await inflict('kill', servers.redis);
  await until('both notice', () => !isUp(one) && !isUp(other));
  row = 'after';
  await one.raise(['things']);
  await servers.redis.start();
  await until('both use it again', () => isUp(one) && isUp(other));
  t.equal(await textOf(other, load), row);
  t.equal(await textOf(one, load), row);
});

test('a load that began while Redis was away is not joined when it is back', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const network = await tcpProxy(t, servers.redis.port);
  const url = new URL(servers.redis.url);
  url.port = String(network.port);
  const one = await openCache(t, { prefix, redisUrl: url.href });
  const other = await openCache(t, { prefix, redisUrl: servers.redis.url });
  let row = 'before';
  network.set('reset');
  await until('one notices', () => !isUp(one));
  let release: (text: string) => void = () => {};
  const slow = textOf(one, () => new Promise((resolve) => (release = resolve)));
  row = 'after';
  await other.raise(['things']);
  network.set('pass');
  await until('one uses it again', () => isUp(one));
  const reader = textOf(one, async () => row);
  release('before');
  t.equal(await slow, 'before');
  t.equal(await reader, 'after');
  t.equal(await textOf(one, async () => row), 'after');
});

test('an emptied Redis costs a load, never a wrong answer', async (t) => {
  const { one, other, client } = await twoInstances(t);
  let row = 'before';
  const load = async () => row;
  await Promise.all([textOf(one, load), textOf(other, load)]);
  await client.flushall();
  row = 'after';
  await one.raise(['things']);
  t.equal(await textOf(one, load), row);
  await until('the other sees it', async () => (await textOf(other, load)) === row, 1000);
});

/** The bytes that Redis has for another key of the family. */
async function entryOf(client: Redis, cache: TextCache, prefix: string, name: string): Promise<Buffer> {
  const key = `${prefix}:{things}:entry:${name}`;
  await textOf(cache, async () => 'wrong', { family: 'things', name });
  await until('it is in Redis', async () => (await client.exists(key)) === 1);
  return (await client.getBuffer(key)) ?? Buffer.alloc(0);
}

test('what is not ours in a key is taken for nothing', async (t) => {
  const { one, other, client, prefix } = await twoInstances(t);
  await textOf(one, async () => 'right');
  const key = `${prefix}:{things}:entry:${THING.name}`;
  await until('it is in Redis', async () => (await client.exists(key)) === 1);
  const entry = (await client.getBuffer(key)) ?? Buffer.alloc(0);
  const junk: [what: string, bytes: Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('nonsense')],
    ['a header alone', entry.subarray(0, entry.indexOf('\n') + 1)],
    ['a part of a header', entry.subarray(0, 60)],
    ['an entry that was cut off', entry.subarray(0, -1)],
    ['an entry with more behind it', Buffer.concat([entry, Buffer.from('x')])],
    ['another format', Buffer.concat([Buffer.from('1'), entry.subarray(1)])],
    ['the entry of another key', await entryOf(client, one, prefix, 'two')],
  ];
  for (const [what, bytes] of junk) {
    await client.set(key, bytes);
    const reader = await openCache(t, { prefix, redisUrl: servers.redis.url });
    t.equal(await textOf(reader, async () => 'right'), 'right', what);
    await until('it is overwritten', async () => (await client.getBuffer(key))?.equals(bytes) === false);
  }
  await client.del(key);
  await client.lpush(key, 'a list');
  for (let round = 0; round < 10; round += 1) t.equal(await textOf(other, async () => 'right'), 'right');
  t.ok(isUp(other), 'an answer that is wrong is no outage of Redis');
  await until('it is overwritten', async () => (await client.type(key)) === 'string');
});

test('a generation that is not ours is made anew, also after an outage', async (t) => {
  const { one, client, prefix } = await twoInstances(t);
  await textOf(one, async () => 'right');
  const key = `${prefix}:{things}:generation`;
  for (const junk of ['abc', '', '99999999999999999999 ?', '9999999999999999 7', '1763733600000000', '-5 5']) {
    await client.set(key, junk);
    let row = 'before';
    await textOf(one, async () => row);
    row = 'after';
    await one.raise(['things']);
    t.equal(await textOf(one, async () => row), 'after', `with ${junk} as generation`);
    t.match(await client.get(key), /^\d{16} \?$/);
  }
  for (const family of ['things', 'others']) await client.set(`${prefix}:{${family}}:generation`, 'abc');
  await inflict('freeze', servers.redis);
  await until('it is noticed', () => !isUp(one), 5000);
  await inflict('thaw', servers.redis);
  await until('it is used again', () => isUp(one));
  await one.raise(['things']);
  t.match(await client.get(key), /^\d{16} \?$/);
});

test('a full Redis (noeviction) answers no worse than none', async (t) => {
  const { one, client } = await twoInstances(t);
  await client.config('SET', 'maxmemory-policy', 'noeviction');
  await client.config('SET', 'maxmemory', '1');
  for (let number = 0; number < 10; number += 1) {
    t.equal(await textOf(one, async () => 'answer', { family: 'things', name: `full-${number}` }), 'answer');
    await one.raise(['things']);
  }
  await client.config('SET', 'maxmemory', '0');
  await until('it is used again', () => isUp(one));
});

test('a start without Redis answers, and uses it when it comes', async (t) => {
  await inflict('kill', servers.redis);
  const cache = await openCache(t, { redisUrl: servers.redis.url });
  t.notOk(isUp(cache));
  t.equal(await textOf(cache, async () => 'answer'), 'answer');
  await servers.redis.start();
  await until('it is used', () => isUp(cache));
});
