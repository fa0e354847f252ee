import { connect, createServer } from 'node:net';
import { type Test, test } from 'tap';
import { RedisLink } from '../../src/cache/redis-link.ts';
import { loadConfig } from '../../src/config/config.ts';
import { startRedisSet } from '../../src/throwaway/redis-set.ts';
import { freePort } from '../../src/throwaway/shell.ts';
import { DATABASE_URL } from '../support/configuration.ts';
import { until } from '../support/http.ts';
import { ask } from '../support/redis-sets.ts';

const ATTEMPTS = 4;

/** One address that leads whoever connects to the server that is `target` then, as sentinels and names in DNS do. */
async function switchboard(test: Test, target: number): Promise<{ port: number; target: number }> {
  const port = await freePort();
  const board = { port, target };
  const server = createServer((client) => {
    const upstream = connect(board.target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  test.teardown(() => server.close());
  return board;
}

test('a listener that hears another server than the commands go to is no connection', async (t) => {
  const { before, after, password, remove } = await startRedisSet({ purpose: 'link' }, async (start, password) => ({
    before: await start('the first', { name: 'redis-1' }),
    after: await start('the second', { name: 'redis-2' }),
    password,
  }));
  t.teardown(remove);
  const board = await switchboard(t, before.port);
  const { redis } = loadConfig({
    DATABASE_URL,
    REDIS_PORT: String(board.port),
    REDIS_PASSWORD: password,
    // Longer than a heartbeat may take, so that it is the heartbeat that complains.
    REDIS_COMMAND_TIMEOUT_MS: '5000',
  });
  const ups: boolean[] = [];
  const heard: string[] = [];
  const link = new RedisLink(redis, 'announcements', {
    onUp: async (afterOutage) => {
      ups.push(afterOutage);
    },
    onDown: () => {},
    onMessage: (message) => heard.push(message),
  });
  t.teardown(() => link.stop());
  await link.start();
  await until('it is up', () => link.available);

  board.target = after.port;
  const upsBefore = ups.length;
  await ask(before, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
  await until('it has tried to listen several times', async () => {
    const stats = await ask(after, (client) => client.info('stats'));
    // Asking is a connection, too.
    return Number(/total_connections_received:(\d+)/.exec(stats)?.[1]) > 2 * ATTEMPTS;
  });
  await until('it says why', () => /no answer/.test(link.sighting.problem ?? ''));
  t.notOk(link.available);
  t.equal(ups.length, upsBefore);

  await ask(before, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal'));
  await until('both are at the second', () => link.available);
  t.equal(ups.at(-1), true, 'and everything was raised');
  await until('it hears', async () => {
    await ask(after, (client) => client.publish('announcements', 'news'));
    return heard.length > 0;
  });
  t.same(new Set(heard), new Set(['news']), 'and its own heartbeats are nobody’s business');
});
