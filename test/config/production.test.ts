import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { complaints, problemsOf } from '../support/configuration.ts';

const PASSWORD = '9f1c07d52ab84e63';
const JWT_SECRET = '5f0d9f4f1f7c43a7b5a2f6b9c3e1d8a4';

const LOCAL = {
  NODE_ENV: 'production',
  DATABASE_URL: `postgres://writer:${PASSWORD}@127.0.0.1/blog`,
  JWT_SECRET,
};
const REMOTE = {
  ...LOCAL,
  DATABASE_URL: `postgres://writer:${PASSWORD}@db.example.net/blog?sslmode=verify-full`,
  REDIS_URL: `rediss://:${PASSWORD}@cache.example.net`,
};
const plain = (url: string) => url.replace('?sslmode=verify-full', '').replace('rediss:', 'redis:');

test('production runs with real secrets, on this machine or encrypted', async (t) => {
  t.same(complaints(LOCAL), []);
  t.same(complaints(REMOTE), []);
  t.equal(loadConfig(REMOTE).tokens.secret, JWT_SECRET);
});

test('sample and short signing keys are refused', async (t) => {
  for (const secret of ['', 'change-me', 'change-me-'.repeat(5), 'x'.repeat(64), JWT_SECRET.slice(1)]) {
    t.same(complaints({ ...LOCAL, JWT_SECRET: secret }), ['JWT_SECRET'], `"${secret}"`);
  }
  t.match(problemsOf({ ...LOCAL, JWT_SECRET: '' })[0]?.remedy, /openssl rand -hex 32/);
});

test('a token of monitoring is a real secret, where there is one', async (t) => {
  t.same(complaints({ ...LOCAL, MONITORING_TOKEN: JWT_SECRET }), []);
  for (const secret of ['change-me', 'x'.repeat(64), JWT_SECRET.slice(1)]) {
    t.same(complaints({ ...LOCAL, MONITORING_TOKEN: secret }), ['MONITORING_TOKEN'], `"${secret}"`);
  }
});

test('sample, short and missing database passwords are refused, under the name they were set by', async (t) => {
  for (const secret of ['', 'postgres', 'change-me', 'steadfast', 'aaaaaaaaaaaaaaaa', PASSWORD.slice(-11)]) {
    const DATABASE_URL = `postgres://writer:${secret}@127.0.0.1/blog`;
    t.same(complaints({ ...LOCAL, DATABASE_URL }), ['DATABASE_URL'], `"${secret}"`);
    const { DATABASE_URL: _url, ...rest } = LOCAL;
    const separate = { DB_HOST: '127.0.0.1', DB_NAME: 'blog', DB_USER: 'writer', DB_PASSWORD: secret };
    t.same(complaints({ ...rest, ...separate }), ['DB_PASSWORD'], `"${secret}"`);
  }
});

test('a Redis on another host needs a real password; one on this machine does not', async (t) => {
  t.same(complaints({ ...REMOTE, REDIS_URL: 'rediss://cache.example.net' }), ['REDIS_URL']);
  t.same(complaints({ ...LOCAL, REDIS_HOST: 'cache.example.net', REDIS_TLS: 'true', REDIS_PASSWORD: 'redis' }), [
    'REDIS_PASSWORD',
  ]);
  t.same(complaints({ ...LOCAL, REDIS_URL: 'redis://127.0.0.1:6379' }), []);
});

test('a plain-text connection to another host is refused', async (t) => {
  t.same(complaints({ ...REMOTE, DATABASE_URL: plain(REMOTE.DATABASE_URL) }), ['DB_TLS']);
  t.same(complaints({ ...REMOTE, REDIS_URL: plain(REMOTE.REDIS_URL) }), ['REDIS_TLS']);
  t.match(problemsOf({ ...REMOTE, DATABASE_URL: plain(REMOTE.DATABASE_URL) })[0]?.problem, /db\.example\.net/);
});

test('a plain-text connection is allowed to hosts that were named, and to no others', async (t) => {
  const plainBoth = {
    ...REMOTE,
    DATABASE_URL: plain(REMOTE.DATABASE_URL),
    REDIS_URL: plain(REMOTE.REDIS_URL),
  };
  const allowing = (hosts: string) => complaints({ ...plainBoth, PLAINTEXT_ALLOWED_HOSTS: hosts });
  t.same(allowing(''), ['DB_TLS', 'REDIS_TLS']);
  t.same(allowing('db.example.net'), ['REDIS_TLS']);
  t.same(allowing('db.example.net, cache.example.net'), []);
  t.same(allowing('example.net'), ['DB_TLS', 'REDIS_TLS']);
  t.same(allowing('*'), ['DB_TLS', 'REDIS_TLS']);
});

test('every name of this machine may be spoken to in plain text', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', '%2Frun%2Fpostgresql']) {
    t.same(complaints({ ...LOCAL, DATABASE_URL: `postgres://writer:${PASSWORD}@${host}/blog` }), [], host);
  }
  for (const host of ['localhost.example.net', '127.0.0.1.example.net', '[::2]', '10.0.0.1', '0.0.0.0']) {
    t.same(complaints({ ...LOCAL, DATABASE_URL: `postgres://writer:${PASSWORD}@${host}/blog` }), ['DB_TLS'], host);
  }
});

test('outside production sample secrets and plain text are nobody’s concern', async (t) => {
  const { JWT_SECRET: _secret, ...rest } = REMOTE;
  for (const NODE_ENV of ['development', 'test']) {
    t.same(complaints({ ...rest, NODE_ENV, DATABASE_URL: 'postgres://a:postgres@db.example.net/b' }), []);
    t.same(complaints({ ...rest, NODE_ENV, REDIS_URL: 'redis://cache.example.net', JWT_SECRET: 'short' }), []);
  }
});

test('without a signing key two starts outside production do not share one', async (t) => {
  const DATABASE_URL = LOCAL.DATABASE_URL;
  t.not(loadConfig({ DATABASE_URL }).tokens.secret, loadConfig({ DATABASE_URL }).tokens.secret);
});
