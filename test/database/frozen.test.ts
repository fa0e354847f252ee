import { test } from 'tap';
import { LONG_WAITS } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

test('PostgreSQL hangs (SIGSTOP): it accepts connections and never answers', async (t) => {
  const servers = await privateServers(t);
  const { origin } = await startSteadfast(t, {
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
    CACHE_FRESH_MS: '100',
    ...LONG_WAITS,
  });
  await until('it was read once', async () => (await get(origin, '/api/tags')).status === 200);
  await inflict('freeze', servers.postgres);

  t.test('requests under way are let go when the outage is recognised, not at their time limit', async (t) => {
    const [unseen, seen] = await Promise.all([get(origin, '/api/profiles/tom'), get(origin, '/api/tags')]);
    t.equal(unseen.status, 503);
    t.ok(unseen.ms < 8000, `after ${Math.round(unseen.ms)} ms, before the time limit of 15 s`);
    t.equal(seen.status, 200);
  });

  t.test('from then on nothing waits for it, health included', async (t) => {
    for (const path of ['/api/profiles/oskar', '/health', '/health/database', '/metrics', '/readyz', '/api/tags']) {
      const { ms } = await get(origin, path);
      t.ok(ms < 2000, `${path} took ${Math.round(ms)} ms`);
    }
  });

  t.test('thawed, it is used again', async (t) => {
    await inflict('thaw', servers.postgres);
    await until(
      'an unseen read succeeds',
      async () => (await get(origin, '/api/profiles/tom')).status === 200,
      15_000,
    );
    t.equal((await get(origin, '/health')).json.status, 'healthy');
  });
});
