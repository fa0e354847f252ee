import { type Test, test } from 'tap';
import { RedisLink } from '../../src/cache/redis-link.ts';
import { loadConfig } from '../../src/config/config.ts';
import { startRedisCluster } from '../../src/throwaway/redis-cluster.ts';
import type { ThrowawayServer } from '../../src/throwaway/server.ts';
import { logIn, PASSWORD } from '../support/api.ts';
import { DATABASE_URL } from '../support/configuration.ts';
import { until } from '../support/http.ts';
import { inflict } from '../support/private-servers.ts';
import { ask, follows, settingsOf } from '../support/redis-sets.ts';
import type { RunningSteadfast } from '../support/steadfast.ts';
import { bothSay, keepReading, shareCopies, twoServers, writeAndSee } from '../support/two-servers.ts';

const SEVERAL_HEARTBEATS_MS = 1500;

const outagesOf = ({ log }: RunningSteadfast) => log.filter(({ msg }) => msg.startsWith('Redis is away')).length;

/** Those that are masters now, whatever they began as. */
async function mastersAmong(servers: readonly ThrowawayServer[]): Promise<ThrowawayServer[]> {
  const roles = await Promise.all(servers.map((server) => ask(server, (client) => client.info('replication'))));
  return servers.filter((_, index) => roles[index]?.includes('role:master'));
}

/** A connection of its own that waits longer for answers, because the machine has much to do. */
function linkTo(test: Test, environment: Readonly<Record<string, string>>): RedisLink {
  const { redis } = loadConfig({ DATABASE_URL, ...environment, REDIS_COMMAND_TIMEOUT_MS: '5000' });
  const link = new RedisLink(redis, 'link', { onUp: async () => {}, onDown: () => {}, onMessage: () => {} });
  test.teardown(() => link.stop());
  return link;
}

/** Writes keys of all parts of the cluster; rejects when one is not taken. */
async function everyKeyIsTaken({ commands }: RedisLink): Promise<void> {
  await Promise.all(Array.from({ length: 100 }, (_, number) => commands.set(`key-${number}`, 'taken')));
}

test('two servers on a Redis Cluster', async (t) => {
  const redis = await startRedisCluster({ purpose: 'cluster' });
  t.teardown(() => redis.remove());
  const [first, second, third] = redis.shards;
  const both = await twoServers(t, { ...settingsOf(redis), LOGIN_FAILURES_PER_ACCOUNT: '3' });

  t.test('what one loads or writes, the other has, on whichever master it is', async (t) => {
    await shareCopies(both);
    for (let round = 1; round <= 10; round += 1) {
      const { own, ms } = await writeAndSee(both, `round ${round}`);
      t.equal(own, `round ${round}`);
      t.ok(ms < 1000, `the other shows it after ${ms.toFixed(0)} ms`);
    }
    const keys = await Promise.all(redis.shards.map(({ master }) => ask(master, (client) => client.dbsize())));
    t.ok(keys.filter((number) => number > 0).length > 1, `keys of the masters: ${keys}`);
  });

  t.test('failed logins are counted together', async (t) => {
    for (const api of [both.one, both.other, both.one]) {
      t.equal((await logIn(api, 'ida@example.com', 'wrong')).status, 401);
    }
    for (const api of [both.one, both.other]) {
      t.equal((await logIn(api, 'ida@example.com', PASSWORD)).status, 429);
    }
  });

  t.test('a master dies: nothing fails, its replica is found, nothing outdated comes back', async (t) => {
    await writeAndSee(both, 'before');
    const reading = keepReading(t, both);
    await inflict('kill', first.master);
    await bothSay(both, 'fail');
    t.equal((await writeAndSee(both, 'while a master was missing')).own, 'while a master was missing');
    await bothSay(both, 'pass');
    t.same(await both.descriptions(), ['while a master was missing', 'while a master was missing']);
    t.equal((await writeAndSee(both, 'after')).own, 'after');

    // Its part is given back to it, as after maintenance. Too early, and its successor would not listen.
    await first.master.start();
    await follows(first.master);
    await until('its successor knows it as its replica', async () => {
      const nodes = await ask(first.replica, (client) => client.call('CLUSTER', 'NODES'));
      return new RegExp(`:${first.master.port}@\\d+ slave `).test(String(nodes));
    });
    const outages = both.servers.map(outagesOf);
    await ask(first.master, (client) => client.cluster('FAILOVER'));
    await follows(first.replica);
    await until('both have noticed, and raised everything', () =>
      both.servers.every((server, index) => outagesOf(server) > (outages[index] ?? 0)),
    );
    await bothSay(both, 'pass');
    t.equal((await writeAndSee(both, 'after a change of roles')).own, 'after a change of roles');
    const { answers, failures, slowestMs } = await reading.stop();
    t.same(failures, []);
    t.ok(answers > 50, `${answers} answers`);
    t.ok(slowestMs < 2000, `the slowest took ${slowestMs.toFixed(0)} ms`);
  });

  t.test('a master hangs: the same, and when it wakes up nobody believes it', async (t) => {
    await bothSay(both, 'pass');
    await writeAndSee(both, 'before it hung');
    const reading = keepReading(t, both);
    await inflict('freeze', second.master);
    await bothSay(both, 'fail');
    t.equal((await writeAndSee(both, 'while a master hung')).own, 'while a master hung');
    await bothSay(both, 'pass');
    await inflict('thaw', second.master);
    await follows(second.master);
    t.same(await both.descriptions(), ['while a master hung', 'while a master hung']);
    t.equal((await writeAndSee(both, 'after it woke up')).own, 'after it woke up');
    const { failures, slowestMs } = await reading.stop();
    t.same(failures, []);
    t.ok(slowestMs < 2000, `the slowest took ${slowestMs.toFixed(0)} ms`);
  });

  t.test('a master without a replica dies, then all: unused until every key has its server again', async (t) => {
    await bothSay(both, 'pass');
    const link = linkTo(t, redis.environment);
    await link.start();
    const reading = keepReading(t, both);
    await inflict('kill', third.replica);
    await inflict('kill', third.master);
    await bothSay(both, 'fail');
    t.equal((await writeAndSee(both, 'with two thirds')).own, 'with two thirds');
    await t.rejects(until('two thirds are enough', () => link.available, SEVERAL_HEARTBEATS_MS));
    await bothSay(both, 'fail');
    await third.master.start();
    await until('the cluster can be used', () => link.available);
    await everyKeyIsTaken(link);
    await bothSay(both, 'pass');
    t.equal((await writeAndSee(both, 'with all three')).own, 'with all three');

    const alive = redis.shards
      .flatMap(({ master, replica }) => [master, replica])
      .filter((server) => server !== third.replica);
    const masters = await mastersAmong(alive);
    for (const server of alive) await inflict('kill', server);
    await bothSay(both, 'fail');
    t.equal((await writeAndSee(both, 'without any')).own, 'without any');
    // The masters come back, and the replicas, the only servers that nobody lost a connection to, do not.
    for (const server of masters) await server.start();
    // They answer before they take commands.
    await until('the cluster can be used again', () => link.available, 30_000);
    await everyKeyIsTaken(link);
    await bothSay(both, 'pass');
    t.equal((await writeAndSee(both, 'with all again')).own, 'with all again');
    const { failures, slowestMs } = await reading.stop();
    t.same(failures, []);
    t.ok(slowestMs < 2000, `the slowest took ${slowestMs.toFixed(0)} ms`);
  });
});
