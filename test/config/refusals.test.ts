import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { complaints, DATABASE_URL, problemsOf, refusal } from '../support/configuration.ts';

const ENVIRONMENTS = ['development', 'test', 'production'];

test('nothing set is refused, and the way out is named', async (t) => {
  const [problem, ...others] = problemsOf({});
  t.same(others, []);
  t.equal(problem?.variable, 'DATABASE_URL');
  t.match(problem?.problem, /no database is named/);
  t.match(problem?.remedy, /setup-dev\.sh/);
  t.match(problem?.remedy, /postgres:\/\//);
});

test('every problem is reported at once, each with its variable, what is wrong and what to do', async (t) => {
  const { message, problems } = refusal({
    DATABASE_URL: 'sqlite:///blog.db',
    REDIS_URL: 'memcached://127.0.0.1',
    PORT: 'eighty',
    LOG_LEVEL: 'loud',
    DB_POOL_MAX: '0',
    NODE_ENV: 'staging',
    TRUST_PROXY: 'maybe',
  });
  t.same(
    new Set(problems.map(({ variable }) => variable)),
    new Set(['DATABASE_URL', 'REDIS_URL', 'PORT', 'LOG_LEVEL', 'DB_POOL_MAX', 'NODE_ENV', 'TRUST_PROXY']),
  );
  t.match(message, /7 settings need attention/);
  for (const { variable, problem, remedy } of problems) {
    t.match(message, variable);
    t.ok(message.includes(problem), problem);
    t.ok(message.includes(remedy) && remedy !== '', remedy);
  }
});

test('a wrong value is named together with what is allowed', async (t) => {
  t.match(problemsOf({ DATABASE_URL, LOG_LEVEL: 'loud' })[0]?.problem, /"loud".*one of fatal, error, warn, info/);
  t.match(problemsOf({ DATABASE_URL, DB_TLS: 'prefer' })[0]?.problem, /"prefer".*disable, require, verify-full/);
  t.match(problemsOf({ DATABASE_URL, PORT: '65536' })[0]?.problem, /"65536".*65535/);
});

test('whatever is no PostgreSQL URL is refused in every environment', async (t) => {
  const urls = [
    'sqlite:///blog.db',
    'sqlite::memory:',
    'sqlite:blog.db',
    'SQLITE:///blog.db',
    'file:blog.db',
    'file:///blog.db',
    ':memory:',
    'mysql://root@127.0.0.1/blog',
    'mariadb://root@127.0.0.1/blog',
    'mongodb://127.0.0.1/blog',
    'http://127.0.0.1:5432/blog',
    'postgres:writer@127.0.0.1/blog',
    'postgresql-sqlite://127.0.0.1/blog',
    ' postgres://writer@127.0.0.1/blog',
    'blog.db',
    'blog',
    '127.0.0.1:5432',
  ];
  for (const NODE_ENV of ENVIRONMENTS) {
    for (const url of urls) {
      const problem = problemsOf({ NODE_ENV, DATABASE_URL: url }).find(
        ({ variable }) => variable === 'DATABASE_URL',
      );
      t.match(problem?.problem, /not a PostgreSQL URL/, `${NODE_ENV}: ${url}`);
      t.match(problem?.remedy, /PostgreSQL only/);
    }
  }
});

test('a URL in DB_HOST does not smuggle another database in', async (t) => {
  for (const host of ['sqlite:///blog.db', 'postgres://writer@127.0.0.1/blog']) {
    t.same(complaints({ DB_HOST: host, DB_NAME: 'blog', DB_USER: 'writer' }), ['DB_HOST']);
  }
});

test('a PostgreSQL URL without a host, a database or a user is refused', async (t) => {
  for (const [url, missing] of [
    ['postgres:///blog', /no host/],
    ['postgres://writer@127.0.0.1', /no database/],
    ['postgres://writer@127.0.0.1/', /no database/],
    ['postgres://127.0.0.1/blog', /no user/],
    ['postgres://', /no host/],
  ] as const) {
    t.match(refusal({ DATABASE_URL: url }).message, missing, url);
  }
});

test('parameters Steadfast does not know are refused', async (t) => {
  t.match(problemsOf({ DATABASE_URL: `${DATABASE_URL}?statement_timeout=5` })[0]?.problem, /does not know/);
});

test('the separate variables must be complete', async (t) => {
  t.same(complaints({ DB_HOST: '127.0.0.1' }), ['DB_NAME', 'DB_USER']);
  t.same(complaints({ DB_NAME: 'blog' }), ['DB_HOST', 'DB_USER']);
  t.same(complaints({ DB_HOST: '127.0.0.1', DB_USER: 'writer' }), ['DB_NAME']);
  t.same(complaints({ DB_PASSWORD: 'correct-horse-42', DB_PORT: '5432' }), ['DATABASE_URL']);
});

test('the time limits must ascend, from the lock to the breaker', async (t) => {
  t.same(complaints({ DATABASE_URL, DB_LOCK_TIMEOUT_MS: '2000' }), ['DB_STATEMENT_TIMEOUT_MS']);
  t.same(complaints({ DATABASE_URL, DB_QUERY_TIMEOUT_MS: '1500' }), ['DB_QUERY_TIMEOUT_MS']);
  t.same(complaints({ DATABASE_URL, DB_BREAKER_TIMEOUT_MS: '2500' }), ['DB_BREAKER_TIMEOUT_MS']);
  t.same(complaints({ DATABASE_URL, DB_PROBE_MIN_MS: '5001' }), ['DB_PROBE_MAX_MS']);
  t.match(problemsOf({ DATABASE_URL, DB_LOCK_TIMEOUT_MS: '2000' })[0]?.remedy, /larger than DB_LOCK_TIMEOUT_MS/);
});

test('monitoring has a port of its own, or none', async (t) => {
  t.same(complaints({ DATABASE_URL, PORT: '8001', MONITORING_PORT: '8001' }), ['MONITORING_PORT']);
  t.same(complaints({ DATABASE_URL, PORT: '0', MONITORING_PORT: '0' }), [], 'two free ones');
  t.equal(loadConfig({ DATABASE_URL, MONITORING_PORT: '9001' }).monitoring.port, 9001);
});

test('a certificate file that cannot be read is refused', async (t) => {
  t.same(complaints({ DATABASE_URL, DB_TLS: 'verify-full', DB_TLS_CA_FILE: '/no/such/file.pem' }), [
    'DB_TLS_CA_FILE',
  ]);
});

test('an empty string counts as not set, for every setting', async (t) => {
  const empty = Object.fromEntries(Object.keys(settingsSchema.properties).map((name) => [name, '']));
  const JWT_SECRET = 'the-same-in-both';
  t.same(loadConfig({ ...empty, DATABASE_URL, JWT_SECRET }), loadConfig({ DATABASE_URL, JWT_SECRET }));
  t.same(complaints(empty), ['DATABASE_URL']);
});

test('variables of other programs are none of our business', async (t) => {
  t.ok(loadConfig({ DATABASE_URL, PGHOST: 'elsewhere', PORTS: 'x', constructor: 'x', __proto__: 'x' }));
});
