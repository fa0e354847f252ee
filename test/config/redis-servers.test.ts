import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { describeRedis } from '../../src/config/redis-address.ts';
import { complaints, DATABASE_URL, problemsOf, refusal } from '../support/configuration.ts';

const redis = (variables: Record<string, string>) => loadConfig({ DATABASE_URL, ...variables }).redis;
const complaintsAbout = (variables: Record<string, string>) => complaints({ DATABASE_URL, ...variables });

const SENTINELS = { REDIS_SENTINELS: 'one, two:26380,[::1]:26381', REDIS_SENTINEL_MASTER: 'cache' };
const CLUSTER = { REDIS_CLUSTER: 'one,two:7001' };
const PASSWORD = '9f1c07d52ab84e63';

test('sentinels are named with the master they know', async (t) => {
  const address = redis({
    ...SENTINELS,
    REDIS_SENTINEL_PASSWORD: 'theirs',
    REDIS_PASSWORD: 'its',
    REDIS_TLS: 'true',
  });
  t.match(address, { password: 'its', database: 0, tls: true });
  t.same(address.servers, {
    kind: 'sentinel',
    sentinels: [
      { host: 'one', port: 26379 },
      { host: 'two', port: 26380 },
      { host: '::1', port: 26381 },
    ],
    master: 'cache',
    sentinelPassword: 'theirs',
  });
  t.equal(describeRedis(address), 'cache, as the sentinels say (one:26379, two:26380, [::1]:26381)');
});

test('of a cluster some servers are named', async (t) => {
  const address = redis({ ...CLUSTER, REDIS_USERNAME: 'app' });
  t.match(address, { username: 'app', database: 0, tls: false });
  t.same(address.servers, {
    kind: 'cluster',
    nodes: [
      { host: 'one', port: 6379 },
      { host: 'two', port: 7001 },
    ],
  });
  t.equal(describeRedis(address), 'the cluster of one:6379, two:7001');
});

test('one Redis, sentinels and a cluster exclude each other', async (t) => {
  for (const form of [SENTINELS, CLUSTER]) {
    t.same(complaintsAbout({ ...form, REDIS_URL: 'redis://127.0.0.1' }), ['REDIS_URL']);
    t.same(complaintsAbout({ ...form, REDIS_HOST: '127.0.0.1', REDIS_PORT: '6379' }), ['REDIS_HOST', 'REDIS_PORT']);
  }
  t.same(complaintsAbout({ ...SENTINELS, ...CLUSTER }), ['REDIS_CLUSTER']);
  t.match(
    problemsOf({ DATABASE_URL, ...CLUSTER, REDIS_HOST: 'x' })[0]?.remedy,
    /Remove REDIS_HOST or REDIS_CLUSTER/,
  );
});

test('half of what sentinels need is refused', async (t) => {
  const { REDIS_SENTINELS, REDIS_SENTINEL_MASTER } = SENTINELS;
  t.same(complaintsAbout({ REDIS_SENTINELS }), ['REDIS_SENTINEL_MASTER']);
  t.same(complaintsAbout({ REDIS_SENTINEL_MASTER }), ['REDIS_SENTINEL_MASTER']);
  t.same(complaintsAbout({ REDIS_SENTINEL_PASSWORD: 'theirs' }), ['REDIS_SENTINEL_PASSWORD']);
  t.same(complaintsAbout({ ...CLUSTER, REDIS_SENTINEL_MASTER }), ['REDIS_SENTINEL_MASTER']);
});

test('what is no list of hosts is refused, and not repeated', async (t) => {
  for (const list of [',', 'one,,two', 'one:0', 'one:65536', '/run/redis', `redis://:${PASSWORD}@one`, 'one two']) {
    t.same(complaintsAbout({ ...SENTINELS, REDIS_SENTINELS: list }), ['REDIS_SENTINELS'], list);
    t.same(complaintsAbout({ REDIS_CLUSTER: list }), ['REDIS_CLUSTER'], list);
    t.notMatch(refusal({ DATABASE_URL, REDIS_CLUSTER: list }).message, PASSWORD);
  }
});

test('production wants them encrypted and with a real password, host by host', async (t) => {
  const production = { NODE_ENV: 'production', JWT_SECRET: '5f0d9f4f1f7c43a7b5a2f6b9c3e1d8a4' };
  const complain = (variables: Record<string, string>) =>
    complaints({ ...production, DATABASE_URL: `postgres://writer:${PASSWORD}@127.0.0.1/blog`, ...variables });
  for (const form of [SENTINELS, CLUSTER]) {
    t.same(complain(form), ['REDIS_PASSWORD', 'REDIS_TLS']);
    t.same(complain({ ...form, REDIS_PASSWORD: PASSWORD, REDIS_TLS: 'true' }), []);
    t.same(complain({ ...form, REDIS_PASSWORD: PASSWORD, PLAINTEXT_ALLOWED_HOSTS: 'one' }), ['REDIS_TLS']);
    t.same(complain({ ...form, REDIS_PASSWORD: PASSWORD, PLAINTEXT_ALLOWED_HOSTS: 'one,two' }), []);
  }
  t.same(complain({ REDIS_CLUSTER: '127.0.0.1:7001,localhost' }), []);
  const weak = { ...SENTINELS, REDIS_PASSWORD: PASSWORD, REDIS_TLS: 'true', REDIS_SENTINEL_PASSWORD: 'sentinel' };
  t.same(complain(weak), ['REDIS_SENTINEL_PASSWORD']);
});
