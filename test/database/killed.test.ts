import { test } from 'tap';
import { get, until } from '../support/http.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

test('PostgreSQL is killed while Steadfast runs', async (t) => {
  const servers = await privateServers(t);
  const steadfast = await startSteadfast(t, {
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
    CACHE_FRESH_MS: '200',
  });
  const { origin } = steadfast;
  const before = await get(origin, '/api/articles');
  await until('it was read once', async () => (await get(origin, '/api/tags')).status === 200);

  await inflict('kill', servers.postgres);
  await until('health notices', async () => (await get(origin, '/health')).json.status === 'degraded');

  t.test('what was read before is still answered, byte for byte, and marked', async (t) => {
    const during = await get(origin, '/api/articles');
    t.equal(during.status, 200);
    t.equal(during.text, before.text);
    t.match(during.headers.get('cache-status'), /hit; ttl=-?\d+; detail=stale-if-error/);
    t.ok(Number(during.headers.get('age')) >= 0);
  });

  t.test('what was not read before is refused at once, honestly', async (t) => {
    const refused = await get(origin, '/api/profiles/tom');
    t.equal(refused.status, 503);
    t.match(refused.headers.get('content-type'), 'application/problem+json');
    t.ok(Number(refused.headers.get('retry-after')) >= 1);
    t.match(refused.json, { type: 'urn:steadfast:problem:database-unavailable', status: 503 });
    t.same(refused.json.errors, { database: ['is unavailable'] });
    const fastest = Math.min(...(await refusals(origin, 20)));
    t.ok(fastest < 50, `a refusal takes ${fastest.toFixed(1)} ms, not seconds`);
  });

  t.test('health, metrics and readiness tell the truth', async (t) => {
    const health = await get(origin, '/health');
    t.equal(health.status, 200);
    t.match(health.json.message, /PostgreSQL cannot be used since/);
    t.equal(health.json.checks.database.status, 'fail');
    t.equal(health.json.checks.redis.status, 'pass');
    for (const path of ['/health/database', '/api/monitoring/database/health']) {
      const report = await get(origin, path);
      t.equal(report.status, 503);
      t.match(report.json, { status: 'critical', connection: { state: 'down' }, breaker: { state: 'open' } });
    }
    t.equal((await get(origin, '/readyz')).status, 200, 'it can still answer something');
    const { text } = await get(origin, '/metrics');
    t.match(text, 'circuit_breaker_state{name="postgresql",state="open"} 1');
    t.match(text, 'health_check_status{check="database"} 0');
    t.match(text, /circuit_breaker_events_total\{name="postgresql",event="reject"\} [1-9]/);
  });

  t.test('it comes back by itself, without any traffic', async (t) => {
    await servers.postgres.start();
    const closings = () => steadfast.log.filter(({ msg }) => /circuit breaker closed/.test(msg)).length;
    const ms = await until('the breaker closes', () => closings() === 1, 15_000);
    t.pass(`closed ${Math.round(ms)} ms after PostgreSQL answered`);
    t.equal((await get(origin, '/api/profiles/tom')).status, 200);
    t.equal((await get(origin, '/health')).json.status, 'healthy');
    t.equal(steadfast.process.exitCode, null, 'and the process lived through all of it');
  });
});

async function refusals(origin: string, count: number): Promise<number[]> {
  const durations: number[] = [];
  for (let asked = 0; asked < count; asked += 1) {
    durations.push((await get(origin, `/api/profiles/nobody-${asked}`)).ms);
  }
  return durations;
}
