import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { complaints, DATABASE_URL } from '../support/configuration.ts';

const redis = (variables: Record<string, string>) => loadConfig({ DATABASE_URL, ...variables }).redis;

test('Redis is on this machine unless something else is said', async (t) => {
  t.match(redis({}), { servers: { kind: 'single', host: '127.0.0.1', port: 6379 }, database: 0, tls: false });
});

test('both forms name the same Redis, alone and together', async (t) => {
  const REDIS_URL = 'rediss://app:kept%2Fsafe@[::1]:6380/2';
  const separate = {
    REDIS_HOST: '::1',
    REDIS_PORT: '6380',
    REDIS_USERNAME: 'app',
    REDIS_PASSWORD: 'kept/safe',
    REDIS_TLS: 'true',
  };
  const servers = { kind: 'single', host: '::1', port: 6380 };
  const same = { servers, username: 'app', password: 'kept/safe', tls: true };
  t.match(redis({ REDIS_URL }), { ...same, database: 2 });
  t.match(redis(separate), { ...same, database: 0 });
  t.match(redis({ REDIS_URL, ...separate }), { ...same, database: 2 });
});

test('each part on which the two forms disagree is refused by name', async (t) => {
  const REDIS_URL = 'redis://app:kept@127.0.0.1:6379';
  const other = {
    REDIS_HOST: 'localhost',
    REDIS_PORT: '6380',
    REDIS_USERNAME: 'ops',
    REDIS_PASSWORD: 'other',
    REDIS_TLS: 'true',
  };
  for (const [variable, value] of Object.entries(other)) {
    t.same(complaints({ DATABASE_URL, REDIS_URL, [variable]: value }), [variable]);
  }
});

test('whatever is no Redis URL is refused', async (t) => {
  for (const url of [
    'http://127.0.0.1:6379',
    'memory:',
    '127.0.0.1:6379',
    'redis://',
    'redis://127.0.0.1:6379/first',
    'redis://127.0.0.1:6379/-1',
    'redis://127.0.0.1:6379?family=6',
    'redis://app:12#34@127.0.0.1:6379',
    'redis://app:12?34@127.0.0.1:6379',
    'redis://app:12/34@127.0.0.1:6379',
    'redis://app:a%b@127.0.0.1:6379',
  ]) {
    t.same(complaints({ DATABASE_URL, REDIS_URL: url }), ['REDIS_URL'], url);
  }
});
