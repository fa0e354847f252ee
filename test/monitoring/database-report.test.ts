import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { differences } from '../support/shapes.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const REPORT = {
  database: 'string',
  status: 'string',
  timestamp: 'time',
  message: 'string',
  host: 'string',
  port: 'integer',
  name: 'string',
  server_version: 'string or null',
  user_count: 'integer',
  connection: {
    state: 'string',
    probed_at: 'time',
    probe_age_ms: 'number',
    last_seen_up_at: 'time',
    next_probe_at: 'time',
    latency_ms: 'number',
    read_only: 'boolean',
    problem: 'string or null',
  },
  breaker: {
    state: 'string',
    since: 'time',
    window_calls: 'integer',
    window_failures: 'integer',
    held: 'anything',
  },
  pool: { max: 'integer', used: 'integer', idle: 'integer', waiting: 'integer', limit: 'integer' },
  schema: {
    state: 'string',
    valid: 'boolean',
    missing_tables: ['string'],
    missing: ['string'],
    extra: ['string'],
    table_counts: 'anything',
    checked_at: 'time',
    message: 'string',
  },
  replicas: ['anything'],
  last_backup: 'anything',
  backup_last_verified_at: 'time or null',
  backup_schedule: { seen_at: 'time or null', next_at: 'time or null' },
} as const;

test('the report on the database', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, DB_POOL_MAX: '7' });
  const report = async () => (await get(origin, '/health/database')).json;

  t.test('is the same at both of its addresses, healthy, and in the shape that scripts rely on', async (t) => {
    for (const path of ['/health/database', '/api/monitoring/database/health']) {
      const { status, json, headers } = await get(origin, path);
      t.equal(status, 200, path);
      t.same(differences(json, REPORT), [], path);
      t.match(json, { database: 'POSTGRESQL', status: 'healthy', replicas: [], last_backup: null });
      t.equal(headers.get('cache-control'), 'no-store');
    }
  });

  t.test('says which database this is and what is in it', async (t) => {
    const { hostname, pathname } = new URL(environment.DATABASE_URL);
    const [server] = await sql<{ version: string; users: number }>(
      environment.DATABASE_URL,
      `select current_setting('server_version') as version, (select count(*)::integer from users) as users`,
    );
    t.match(await report(), {
      host: hostname,
      name: pathname.slice(1),
      server_version: server?.version,
      user_count: server?.users,
      schema: { state: 'current', valid: true, missing_tables: [], table_counts: { users: server?.users } },
      connection: { state: 'up', read_only: false, problem: null },
      breaker: { state: 'closed', window_failures: 0 },
    });
  });

  t.test('counts the connections of the pool as PostgreSQL does', async (t) => {
    await Promise.all(['ines', 'tom', 'oskar', 'priya'].map((name) => get(origin, `/api/profiles/${name}`)));
    const inUse = async () => {
      const [row] = await sql<{ connections: number }>(
        environment.DATABASE_URL,
        `select count(*)::integer as connections from pg_stat_activity
         where datname = current_database() and application_name = 'steadfast'`,
      );
      return row?.connections;
    };
    await until('both agree', async () => {
      const { pool } = await report();
      return pool.max === 7 && pool.used + pool.idle === (await inUse()) && pool.idle >= 1;
    });
    t.match((await report()).pool, { max: 7, used: 0, waiting: 0 });
  });

  t.test('counts the calls that the breaker has seen lately', async (t) => {
    const before = (await report()).breaker.window_calls;
    await get(origin, '/api/profiles/somebody-new');
    await until('one more', async () => (await report()).breaker.window_calls > before);
    t.equal((await report()).breaker.window_failures, 0);
  });

  t.test('is never older than a probe or two: its age grows and starts anew', async (t) => {
    const first = await report();
    t.ok(first.connection.latency_ms > 0);
    await until(
      'it was probed again',
      async () => (await report()).connection.probed_at > first.connection.probed_at,
    );
    const { connection, timestamp } = await report();
    const age = Date.parse(timestamp) - Date.parse(connection.probed_at);
    t.ok(Math.abs(age - connection.probe_age_ms) < 1000, 'the age is that of the probe');
  });

  t.test('has no secret in it', async (t) => {
    const text = JSON.stringify(await report());
    const { password } = new URL(environment.DATABASE_URL);
    t.ok(password.length > 5);
    t.notOk(text.includes(password));
  });
});
