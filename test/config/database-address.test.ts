import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { connectionOptions } from '../../src/config/database-address.ts';
import { complaints, DATABASE_URL, problemsOf } from '../support/configuration.ts';

const SEPARATE = {
  DB_HOST: '127.0.0.1',
  DB_PORT: '5432',
  DB_NAME: 'blog',
  DB_USER: 'writer',
  DB_PASSWORD: 'correct-horse-42',
};

const ADDRESS = {
  host: '127.0.0.1',
  port: 5432,
  name: 'blog',
  user: 'writer',
  password: 'correct-horse-42',
  tls: { mode: 'disable' },
};

const address = (url: string) => loadConfig({ DATABASE_URL: url }).database;

test('both forms name the same database, alone and together', async (t) => {
  for (const variables of [{ DATABASE_URL }, SEPARATE, { DATABASE_URL, ...SEPARATE }]) {
    t.match(loadConfig(variables).database, ADDRESS);
  }
  t.match(address(DATABASE_URL.replace('postgres:', 'postgresql:')), ADDRESS);
});

test('a port that is left out is 5432 in both forms', async (t) => {
  const { DB_PORT, ...withoutPort } = SEPARATE;
  t.equal(loadConfig(withoutPort).database.port, 5432);
  t.match(loadConfig({ DATABASE_URL: DATABASE_URL.replace(':5432', ''), DB_PORT }).database, ADDRESS);
});

test('each part on which the two forms disagree is refused by name', async (t) => {
  const other = { DB_HOST: 'localhost', DB_PORT: '5433', DB_NAME: 'blog2', DB_USER: 'reader', DB_PASSWORD: 'x' };
  for (const [variable, value] of Object.entries(other)) {
    t.same(complaints({ DATABASE_URL, [variable]: value }), [variable]);
    t.same(complaints({ DATABASE_URL, ...SEPARATE, [variable]: value }), [variable]);
  }
  t.same(complaints({ DATABASE_URL, ...other }), Object.keys(other).sort());
  t.match(problemsOf({ DATABASE_URL, DB_NAME: 'blog2' })[0]?.remedy, /Remove DB_NAME or DATABASE_URL/);
});

test('sslmode in the URL is DB_TLS', async (t) => {
  for (const mode of ['disable', 'require', 'verify-full'] as const) {
    t.equal(address(`${DATABASE_URL}?sslmode=${mode}`).tls.mode, mode);
    t.equal(loadConfig({ DATABASE_URL, DB_TLS: mode }).database.tls.mode, mode);
    t.equal(loadConfig({ DATABASE_URL: `${DATABASE_URL}?sslmode=${mode}`, DB_TLS: mode }).database.tls.mode, mode);
  }
  t.same(complaints({ DATABASE_URL: `${DATABASE_URL}?sslmode=require`, DB_TLS: 'disable' }), ['DB_TLS']);
});

test('an sslmode that leaves encryption to chance is refused', async (t) => {
  for (const mode of ['prefer', 'allow', 'verify-ca', 'no-verify', '', 'constructor']) {
    const [problem] = problemsOf({ DATABASE_URL: `${DATABASE_URL}?sslmode=${mode}` });
    t.equal(problem?.variable, 'DATABASE_URL');
    t.match(problem?.remedy, /disable, require or verify-full/);
  }
});

test('only verify-full checks the certificate, and only disable does without encryption', async (t) => {
  const ssl = (mode: string) => connectionOptions(address(`${DATABASE_URL}?sslmode=${mode}`)).ssl;
  t.equal(ssl('disable'), false);
  t.same(ssl('require'), { rejectUnauthorized: false });
  t.same(ssl('verify-full'), { rejectUnauthorized: true });
});

test('percent-encoded parts are decoded', async (t) => {
  const { user, password, name } = address('postgres://an%40ne:p%40ss%2F%3A%23%3F%25@127.0.0.1/my%20blog');
  t.same({ user, password, name }, { user: 'an@ne', password: 'p@ss/:#?%', name: 'my blog' });
  t.match(
    loadConfig({ DATABASE_URL: 'postgres://writer:a%25b@127.0.0.1/blog', DB_PASSWORD: 'a%b' }).database.password,
    /^a%b$/,
  );
});

test('a password that is not percent-encoded is refused with the reason', async (t) => {
  for (const password of ['12/34', 'ab/cd', '12?34', '12#34', 'a%b', '12?ab&cd']) {
    const [problem, ...others] = problemsOf({ DATABASE_URL: `postgres://writer:${password}@127.0.0.1/blog` });
    t.same(others, [], password);
    t.match(problem?.remedy, /percent-encoded/, password);
  }
});

test('IPv6 hosts come without their brackets', async (t) => {
  t.match(address('postgres://writer@[::1]:5433/blog'), { host: '::1', port: 5433 });
  t.equal(address('postgres://writer@[2001:db8::7]/blog').host, '2001:db8::7');
  t.same(complaints({ DATABASE_URL: 'postgres://writer@[::1]/blog', DB_HOST: '::1' }), []);
});

test('a unix socket is a folder, in every form that PostgreSQL knows', async (t) => {
  for (const url of [
    'postgres://writer@localhost/blog?host=/run/postgresql',
    'postgres://writer:correct-horse-42@/blog?host=/run/postgresql',
    'postgres://writer@%2Frun%2Fpostgresql/blog',
  ]) {
    t.match(address(url), { host: '/run/postgresql', port: 5432, name: 'blog', user: 'writer' }, url);
  }
  t.equal(loadConfig({ ...SEPARATE, DB_HOST: '/run/postgresql' }).database.host, '/run/postgresql');
  t.match(problemsOf({ DATABASE_URL: 'postgres://writer:correct-horse-42@/blog' })[0]?.problem, /no host/);
});
