import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import tap, { test } from 'tap';
import { startServers } from '../../src/throwaway/servers.ts';
import { get, until } from '../support/http.ts';
import { inflict } from '../support/private-servers.ts';
import { bothSay, keepReading, twoServers } from '../support/two-servers.ts';

const servers = await startServers({ purpose: 'fault' });
tap.teardown(() => servers.remove());

const client = new Redis(servers.redis.url);
client.on('error', () => {});
tap.teardown(() => client.disconnect());

type Fault = { readonly begin: () => Promise<unknown>; readonly end: () => Promise<unknown> };

const ownKey = (prefix: string) => async () => {
  for (const key of await client.keys(`${prefix}*{lists}*`)) {
    await client.del(key);
    await client.lpush(key, 'a list');
  }
};

const nothing = async () => {};

/** What happens to Redis, by what it is called. `begin` and `end` frame the writes. */
const faults = (prefix: string): Record<string, Fault> => ({
  emptied: { begin: () => client.flushall(), end: nothing },
  'emptied while writes go on': { begin: nothing, end: () => client.flushall() },
  'holding lists where entries and generations were': { begin: ownKey(prefix), end: nothing },
  full: {
    begin: async () => {
      await client.config('SET', 'maxmemory-policy', 'noeviction');
      await client.config('SET', 'maxmemory', '1');
    },
    end: () => client.config('SET', 'maxmemory', '0'),
  },
  'read-only': {
    begin: () => client.call('replicaof', '127.0.0.1', '1'),
    end: () => client.call('replicaof', 'no', 'one'),
  },
  'without the replicas that it wants': {
    begin: () => client.config('SET', 'min-replicas-to-write', '1'),
    end: () => client.config('SET', 'min-replicas-to-write', '0'),
  },
  hung: {
    begin: () => inflict('freeze', servers.redis),
    end: () => inflict('thaw', servers.redis),
  },
  'killed and restarted empty': {
    begin: () => inflict('kill', servers.redis),
    end: () => servers.redis.start(),
  },
});

test('whatever happens to Redis, two processes answer, and nothing outdated comes back', async (t) => {
  const prefix = `test-${randomUUID()}`;
  const both = await twoServers(t, {
    REDIS_URL: servers.redis.url,
    REDIS_KEY_PREFIX: prefix,
    // So long that nothing is mended by waiting.
    CACHE_FRESH_MS: '3600000',
  });
  const { one, other, token, slug } = both;
  const path = `/api/articles/${slug}`;
  const shownBy = async (api: typeof one) => (await api('GET', path)).json.article.description;

  for (const [name, { begin, end }] of Object.entries(faults(prefix))) {
    t.test(`Redis ${name}`, async (t) => {
      await Promise.all([shownBy(one), shownBy(other)]);
      const reading = keepReading(t, both);
      await begin();
      for (let round = 1; round <= 5; round += 1) {
        const description = `${name}, ${round}`;
        const { status } = await one('PUT', path, { token, body: { article: { description } } });
        t.equal(status, 200);
        t.equal(await shownBy(one), description, 'who writes sees it');
      }
      await until(
        'the other process shows the last change meanwhile',
        async () => (await shownBy(other)) === `${name}, 5`,
        5000,
      );
      await end();
      await bothSay(both, 'pass');
      await until(
        'the other process shows the last change',
        async () => (await shownBy(other)) === `${name}, 5`,
        5000,
      );
      t.equal(await shownBy(one), `${name}, 5`);
      await until('answers are kept in Redis again', async () => {
        await one('GET', '/api/articles?limit=7');
        return (await client.keys(`${prefix}*{lists}:entry:*`)).length > 0;
      });
      const { answers, failures, slowestMs } = await reading.stop();
      t.strictSame(failures, [], `all of ${answers} reads were answered`);
      t.ok(slowestMs < 1500, `the slowest read took ${slowestMs.toFixed(0)} ms`);
      for (const { origin } of both.servers) t.equal((await get(origin, '/readyz')).status, 200);
    });
  }
});
