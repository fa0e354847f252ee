import { isDeepStrictEqual } from 'node:util';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { COUNTED_TABLES, REQUIRED_TABLES } from '../support/migrations.ts';
import { sum } from '../support/samples.ts';
import { differences, type Shape } from '../support/shapes.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const CHECK = { status: 'string', message: 'string' } as const;
const COUNTS = Object.fromEntries(COUNTED_TABLES.map((table): [string, Shape] => [table, 'integer']));

const health = (counts: Shape) => ({
  status: 'string' as const,
  timestamp: 'time' as const,
  database: {
    exists: 'boolean',
    schema_valid: 'boolean',
    missing_tables: ['string'],
    schema_missing: ['string'],
    schema_extra: ['string'],
    table_counts: counts,
    probed_at: 'time or null',
    inspected_at: 'time or null',
  } as const,
  checks: { database: CHECK, schema: CHECK, data: CHECK, backup: CHECK, redis: CHECK },
  message: 'string' as const,
});

async function countRows(database: string): Promise<Record<string, number>> {
  const parts = COUNTED_TABLES.map((table) => `select '${table}' as name, count(*)::integer as rows from ${table}`);
  const rows = await sql<{ name: string; rows: number }>(database, parts.join(' union all '));
  return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]));
}

test('when all is well', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, environment);

  t.test('/health/ping and /livez say so, in the words that scripts rely on', async (t) => {
    for (const path of ['/health/ping', '/livez']) {
      const { status, text, headers } = await get(origin, path);
      t.equal(status, 200);
      t.equal(text, '{"status":"ok","message":"pong"}');
      t.equal(headers.get('cache-control'), 'no-store');
    }
  });

  t.test('/readyz says that requests are answered', async (t) => {
    const { status, json } = await get(origin, '/readyz');
    t.equal(status, 200);
    t.same(json, { status: 'ready', message: 'requests are answered' });
  });

  t.test('/health is 200, healthy, and has the shape that scripts rely on', async (t) => {
    const { status, json, headers } = await get(origin, '/health');
    t.equal(status, 200);
    t.same(differences(json, health(COUNTS)), []);
    t.equal(json.status, 'healthy');
    t.match(json.database, { exists: true, schema_valid: true, missing_tables: [] });
    t.same(
      Object.values(json.checks).map((check) => (check as { status: string }).status),
      ['pass', 'pass', 'pass', 'pass', 'pass'],
    );
    t.ok(Math.abs(Date.now() - Date.parse(json.timestamp)) < 60_000, 'the time is now');
    t.equal(headers.get('cache-control'), 'no-store');
  });

  t.test('its numbers are the numbers of the database, and follow it', async (t) => {
    const counts = async () => (await get(origin, '/health')).json.database.table_counts;
    t.same(await counts(), await countRows(environment.DATABASE_URL));
    await sql(
      environment.DATABASE_URL,
      `insert into users (username, email, password_hash) select 'u' || n, n || '@example.com', '!' from generate_series(1, 7) as n`,
    );
    await sql(environment.DATABASE_URL, `delete from articles where slug = 'the-pager-is-a-promise'`);
    const expected = await countRows(environment.DATABASE_URL);
    t.equal(expected.users, 15);
    await until('the guard has looked again', async () => isDeepStrictEqual(await counts(), expected), 40_000);
    t.equal((await get(origin, '/health/database')).json.user_count, 15);
  });
});

test('without Redis it is degraded, still answers, and says what to do', async (t) => {
  const { origin } = await startSteadfast(t, {
    ...(await testEnvironment(t)),
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  const { status, json } = await get(origin, '/health');
  t.equal(status, 200);
  t.same(differences(json, health(COUNTS)), []);
  t.match(json, {
    status: 'degraded',
    checks: { database: { status: 'pass' }, schema: { status: 'pass' }, redis: { status: 'fail' } },
    message: /start Redis/,
  });
  t.equal((await get(origin, '/readyz')).status, 200);
  t.equal((await get(origin, '/api/tags')).status, 200);
  t.equal(await sum(origin, 'health_check_status', { check: 'redis' }), 0);
  t.equal(await sum(origin, 'health_check_status', { check: 'database' }), 1);
});

test('on a read-only database it is degraded and says that writes fail', async (t) => {
  const environment = await testEnvironment(t);
  const name = new URL(environment.DATABASE_URL).pathname.slice(1);
  await sql(environment.DATABASE_URL, `alter database ${name} set default_transaction_read_only = on`);
  const { origin } = await startSteadfast(t, environment);
  const { status, json } = await get(origin, '/health');
  t.equal(status, 200);
  t.match(json, { status: 'degraded', checks: { database: { status: 'warn' } }, message: /read-only/ });
  t.equal((await get(origin, '/health/database')).json.status, 'degraded');
  t.equal((await get(origin, '/api/tags')).status, 200);
});

test('without a schema it is critical, names every missing table and the command that makes them', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t, 'empty'));
  const { status, json } = await get(origin, '/health');
  t.equal(status, 503);
  t.same(differences(json, health({})), []);
  t.equal(json.status, 'critical');
  t.match(json.database, {
    exists: true,
    schema_valid: false,
    missing_tables: [...REQUIRED_TABLES],
    table_counts: {},
  });
  t.match(json.message, /npm run migrate/);
  t.equal(await sum(origin, 'health_check_status', { check: 'schema' }), 0);
  const report = await get(origin, '/health/database');
  t.equal(report.status, 503);
  t.match(report.json, { status: 'critical', user_count: null, schema: { state: 'missing', valid: false } });
});

test('without any server it is critical, and alive', async (t) => {
  const { origin } = await startSteadfast(t, {
    DATABASE_URL: 'postgres://someone:secret-word@127.0.0.1:1/blog',
    REDIS_URL: 'redis://:secret-word@127.0.0.1:1',
  });
  const { status, json, text } = await get(origin, '/health');
  t.equal(status, 503);
  t.same(differences(json, health({})), []);
  t.match(json, { status: 'critical', database: { exists: false }, checks: { database: { status: 'fail' } } });
  t.notMatch(text, /secret-word/);
  t.equal((await get(origin, '/readyz')).status, 503);
  t.equal((await get(origin, '/health/ping')).status, 200);
  t.equal((await get(origin, '/livez')).status, 200);
  t.equal((await get(origin, '/metrics')).status, 200);
});
