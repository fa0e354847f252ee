import { test } from 'tap';
import { MANY_LOGINS, publish, register } from '../support/conduit.ts';
import { get, until } from '../support/http.ts';
import { pooledServers } from '../support/pooled-servers.ts';
import { inflict } from '../support/private-servers.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const isOpen = async (origin: string) => (await get(origin, '/health/database')).json.breaker.state === 'open';
const isHealthy = async (origin: string) => (await get(origin, '/health')).json.status === 'healthy';

test('PgBouncer goes away and comes back', async (t) => {
  const { pgbouncer, environment } = await pooledServers(t);
  const { origin, process } = await startSteadfast(t, environment);
  const seen = await get(origin, '/api/articles');
  t.match(
    (await get(origin, '/health')).json.checks.database.message,
    /^PostgreSQL \S+ .*answers through PgBouncer\.$/,
  );
  await inflict('kill', pgbouncer);
  await until('the breaker opens', () => isOpen(origin));
  const { message } = (await get(origin, '/health')).json;
  t.match(message, /cannot be reached through PgBouncer\. .*PgBouncer \(DB_HOST\)/, 'and health names it');
  t.equal((await get(origin, '/api/profiles/tom')).status, 503);
  t.equal((await get(origin, '/api/articles')).text, seen.text, 'what was read before is answered');
  await pgbouncer.start();
  await until('it recovers', () => isHealthy(origin), 15_000);
  t.equal((await get(origin, '/api/profiles/tom')).status, 200);

  t.test('it hangs, and goes on', async (t) => {
    await inflict('freeze', pgbouncer);
    await until('the breaker opens', () => isOpen(origin));
    const refused = await get(origin, '/api/profiles/oskar');
    t.equal(refused.status, 503);
    t.ok(refused.ms < 2000, `refused after ${Math.round(refused.ms)} ms`);
    await inflict('thaw', pgbouncer);
    await until('it recovers', () => isHealthy(origin), 15_000);
    t.equal((await get(origin, '/api/profiles/oskar')).status, 200);
  });
  t.equal(process.exitCode, null);
});

test('PostgreSQL goes away behind a living PgBouncer', async (t) => {
  const { postgres, environment } = await pooledServers(t);
  const { origin } = await startSteadfast(t, { ...environment, ...MANY_LOGINS });
  const writer = await register(origin);
  const seen = await get(origin, '/api/articles');

  for (const [fault, mend] of [
    ['kill', () => postgres.start()],
    ['freeze', () => inflict('thaw', postgres)],
  ] as const) {
    await t.test(fault, async (t) => {
      await inflict(fault, postgres);
      await until('the breaker opens', () => isOpen(origin));
      t.match((await get(origin, '/health/database')).json.connection, { state: 'down', problem: 'unreachable' });
      t.equal((await get(origin, '/api/profiles/tom')).status, 503);
      t.equal((await writer.call.post('/articles/the-pager-is-a-promise/favorite')).status, 503);
      t.equal((await get(origin, '/api/articles')).text, seen.text, 'what was read before is answered');
      await mend();
      const ms = await until('it recovers', () => isHealthy(origin), 20_000);
      t.comment(`recovered after ${Math.round(ms)} ms`);
      await publish(writer.call);
    });
  }

  await t.test('all of its sessions are ended', async () => {
    await sql(
      postgres.url,
      "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    await until('it answers', async () => (await get(origin, '/api/profiles/tom')).status === 200, 20_000);
    await publish(writer.call);
  });
});
