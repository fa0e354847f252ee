import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedSample } from '../../src/safety/seed.ts';
import { emptyServers } from '../support/empty-servers.ts';
import { PATIENCE } from '../support/environment.ts';
import { type Answer, get, until } from '../support/http.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** The fastest of three keeps this on a busy machine; one that waits for PostgreSQL takes 20 s (`PATIENCE`). */
const QUICKLY_MS = 1000;

test('a start while PostgreSQL is away', async (t) => {
  const { postgres, redis } = await privateServers(t);
  await inflict('kill', postgres);
  const environment = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, ...PATIENCE };
  const steadfast = await startSteadfast(t, environment);
  const { origin, log } = steadfast;
  const threeTimes = async (path: string) => [
    await get(origin, path),
    await get(origin, path),
    await get(origin, path),
  ];
  const fastest = (answers: readonly Answer[]) => Math.min(...answers.map(({ ms }) => ms));

  t.test('is a start, and the log says what is missing', async (t) => {
    t.match(
      log.map(({ msg }) => msg).join('\n'),
      new RegExp(`PostgreSQL cannot be reached \\(steadfast on 127\\.0\\.0\\.1:${postgres.port}: .*ECONNREFUSED`),
    );
    t.notOk(JSON.stringify(log).includes(new URL(postgres.url).password));
  });

  t.test('health says what is the matter and who mends it', async (t) => {
    await until(
      'Redis is connected',
      async () => (await get(origin, '/health')).json.checks.redis.status === 'pass',
    );
    const answers = await threeTimes('/health');
    for (const { status, json } of answers) {
      t.equal(status, 200, 'degraded: the cache is there');
      t.match(json, { status: 'degraded', database: { exists: false, schema_valid: false } });
      t.match(json.checks.database, { status: 'fail', message: /cannot be reached.*recovery is automatic/ });
      t.equal(json.checks.redis.status, 'pass');
    }
    t.ok(fastest(answers) < QUICKLY_MS, `${fastest(answers)} ms`);
    const database = await get(origin, '/health/database');
    t.equal(database.status, 503);
    t.match(database.json, { status: 'critical', connection: { state: 'down', problem: 'unreachable' } });
    t.match(database.json, { breaker: { state: 'open' }, user_count: null, server_version: null });
    t.equal((await get(origin, '/health/ping')).status, 200);
  });

  t.test('what is not in the cache is refused quickly, with when to come back', async (t) => {
    for (const path of ['/api/articles', '/api/tags', '/api/articles/pages-without-offset', '/api/profiles/ines']) {
      const answers = await threeTimes(path);
      for (const { status, headers, json } of answers) {
        t.equal(status, 503, path);
        t.match(headers.get('retry-after'), /^[1-9]\d*$/);
        t.match(json.type, /database-unavailable/);
      }
      t.ok(fastest(answers) < QUICKLY_MS, `${path}: ${fastest(answers)} ms`);
    }
  });

  t.test('of a flood of refusals the log has ten lines a second, and how many there were besides', async (t) => {
    const FLOOD = 300;
    const paths = Array.from({ length: FLOOD }, (_, index) => `/api/profiles/flood-${index}`);
    const answers = await Promise.all(paths.map((path) => get(origin, path)));
    t.equal(answers.filter(({ status }) => status === 503).length, FLOOD);
    t.equal(new Set(answers.map(({ json }) => json.requestId)).size, FLOOD, 'each has its own id');
    t.equal(new Set(answers.map(({ json }) => json.traceId)).size, FLOOD);
    const own = () => log.filter(({ path }) => paths.includes(String(path))).length;
    const besides = () => log.reduce((sum, { more }) => sum + Number(more ?? 0), 0);
    await until('all are told', () => own() + besides() >= FLOOD);
    t.ok(own() < FLOOD, `${own()} lines`);
    t.match(
      log.find(({ more }) => more !== undefined),
      { level: 40, problem: 'database-unavailable', msg: /^\d+ more requests were refused/ },
    );
  });

  t.test('when PostgreSQL comes, everything works without a restart and without traffic', async (t) => {
    await postgres.start();
    await until(
      'health is good again',
      async () => (await get(origin, '/health')).json.status === 'healthy',
      30_000,
    );
    t.equal(steadfast.process.exitCode, null, 'it is the same process');
    const { status, json } = await get(origin, '/api/articles');
    t.equal(status, 200);
    t.equal(json.articlesCount, 36);
    t.match((await get(origin, '/health/database')).json, { status: 'healthy', user_count: 8 });
  });
});

test('a start while both servers are away', async (t) => {
  const { postgres, redis } = await emptyServers(t);
  await inflict('kill', postgres);
  await inflict('kill', redis);
  const { origin } = await startSteadfast(t, { DATABASE_URL: postgres.url, REDIS_URL: redis.url });

  t.test('no traffic is wanted, and health is critical', async (t) => {
    t.match(await get(origin, '/readyz'), {
      status: 503,
      json: { message: /neither PostgreSQL nor any replica or cached/ },
    });
    t.match(await get(origin, '/health'), { status: 503, json: { status: 'critical' } });
    t.equal((await get(origin, '/livez')).status, 200);
    t.equal((await get(origin, '/api/tags')).status, 503);
  });

  t.test('an empty PostgreSQL that appears is not filled by anybody but npm run migrate', async (t) => {
    await postgres.start();
    await until(
      'the missing schema was noticed',
      async () => /npm run migrate/.test((await get(origin, '/api/tags')).json.detail),
      30_000,
    );
    t.match(await get(origin, '/health'), { status: 503, json: { checks: { schema: { status: 'fail' } } } });
    const { database } = loadConfig({ DATABASE_URL: postgres.url });
    t.not((await migrate(database, () => {})).length, 0, 'nothing had been applied');
    t.ok(await seedSample(database));
    await until('the API answers', async () => (await get(origin, '/api/tags')).status === 200, 30_000);
    t.equal((await get(origin, '/readyz')).status, 200);
    t.match(await get(origin, '/health'), { status: 200, json: { status: 'degraded' } });
  });
});
