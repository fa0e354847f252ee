import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { connectionOptions, directAddress } from '../../src/config/database-address.ts';
import { complaints, DATABASE_URL, problemsOf } from '../support/configuration.ts';

const POOLED = { DATABASE_URL: DATABASE_URL.replace(':5432', ':6432'), DB_POOLER: 'pgbouncer' };

test('without a pooler the direct address is the address', async (t) => {
  const { database } = loadConfig({ DATABASE_URL });
  t.equal(database.pooler, 'none');
  t.equal(directAddress(database), database);
});

test('with a pooler PostgreSQL itself is named beside it, with the same name, user and password', async (t) => {
  const { database } = loadConfig({ ...POOLED, DB_DIRECT_HOST: 'db1,db2:5433' });
  t.equal(database.pooler, 'pgbouncer');
  t.match(connectionOptions(database), { host: '127.0.0.1', port: 6432 });
  const direct = directAddress(database);
  t.match(connectionOptions(direct), {
    ...{ host: 'db1', port: 5432, database: 'blog', user: 'writer', password: 'correct-horse-42', ssl: false },
  });
  t.same(direct.hosts, [
    { host: 'db1', port: 5432 },
    { host: 'db2', port: 5433 },
  ]);
  t.equal(directAddress(direct), direct, 'past the pooler there is nothing more to go round');
});

test('the connections past the pooler may be encrypted when those to it are not', async (t) => {
  const { database } = loadConfig({ ...POOLED, DB_DIRECT_HOST: 'db1', DB_DIRECT_TLS: 'verify-full' });
  t.equal(connectionOptions(database).ssl, false);
  t.same(connectionOptions(directAddress(database)).ssl, { rejectUnauthorized: true });
});

test('a pooler without a direct address, and the other way round, is refused', async (t) => {
  t.match(problemsOf(POOLED), [{ variable: 'DB_DIRECT_HOST', problem: /cannot go through PgBouncer/ }]);
  t.same(complaints({ DATABASE_URL, DB_DIRECT_HOST: 'db1', DB_DIRECT_TLS: 'require' }), [
    'DB_DIRECT_HOST',
    'DB_DIRECT_TLS',
  ]);
});

test('a direct address that is none is refused', async (t) => {
  t.match(problemsOf({ ...POOLED, DB_DIRECT_HOST: '127.0.0.1:6432' }), [
    { problem: /address of PgBouncer itself/ },
  ]);
  for (const wrong of ['postgres://writer:hidden@db1/blog', 'db1,', 'db1:0']) {
    const problems = problemsOf({ ...POOLED, DB_DIRECT_HOST: wrong });
    t.match(problems, [{ variable: 'DB_DIRECT_HOST', problem: /neither a host nor hosts/ }]);
    t.notMatch(JSON.stringify(problems), /hidden/);
  }
});

test('production refuses plain text to the direct address, too', async (t) => {
  const production = {
    ...POOLED,
    NODE_ENV: 'production',
    JWT_SECRET: 'k7Zp2vXq9LmT4wRb8NcY6sHd3GfJ1aQe',
    DB_DIRECT_HOST: 'db1',
  };
  t.same(complaints(production), ['DB_DIRECT_TLS']);
  t.same(complaints({ ...production, DB_DIRECT_TLS: 'verify-full' }), []);
  t.same(complaints({ ...production, PLAINTEXT_ALLOWED_HOSTS: 'db1' }), []);
});
