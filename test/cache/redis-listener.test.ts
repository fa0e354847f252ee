import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { test } from 'tap';
import { RedisListener } from '../../src/cache/redis-listener.ts';
import { until } from '../support/http.ts';
import { sharedServers } from '../support/shared-servers.ts';

const NOBODY = 'redis://127.0.0.1:1';

test('who listens goes on listening until there is somebody else who does', async (t) => {
  const { redisUrl } = sharedServers();
  const master = new Redis(redisUrl);
  const channel = `listener:${randomUUID()}`;
  const heard: string[] = [];
  let [url, lost] = [redisUrl, 0];
  const create = () => new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  const listener = new RedisListener(create, channel, {
    onMessage: (message) => void heard.push(message),
    onProblem: () => {},
    onLost: () => {
      lost += 1;
    },
  });
  t.teardown(() => {
    listener.close();
    master.disconnect();
  });
  await listener.open();
  url = NOBODY;
  for (const attempt of ['one', 'another']) {
    await t.rejects(listener.open(), attempt);
    t.ok(listener.connected, `after ${attempt} in vain`);
    await master.publish(channel, attempt);
    await until(`${attempt} is heard`, async () => heard.at(-1) === attempt);
  }
  url = redisUrl;
  await listener.open();
  await listener.hear([master]);
  await master.publish(channel, 'the last');
  await until('it is heard', async () => heard.at(-1) === 'the last');
  t.same([heard, lost], [['one', 'another', 'the last'], 0], 'each by one, and nothing was missed');
});
