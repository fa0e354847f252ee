import { type Test, test } from 'tap';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedGenerated } from '../../src/safety/seed.ts';
import { MANY_LOGINS } from '../support/conduit.ts';
import { walkContract } from '../support/contract.ts';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { addressOf } from '../support/migrations.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { wrongTotals } from '../support/recount.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** A server on a database that has the schema and not a single row. */
async function migratedEnvironment(t: Test) {
  const environment = await testEnvironment(t, 'empty');
  await migrate(addressOf(environment.DATABASE_URL), () => {});
  return { ...environment, ...MANY_LOGINS };
}

test('every line of the contract holds on an empty database, and once more on what that left', async (t) => {
  const environment = await migratedEnvironment(t);
  const { origin } = await startSteadfast(t, environment);
  t.same((await get(origin, '/api/articles')).json, { articles: [], articlesCount: 0 });
  t.same((await get(origin, '/api/tags')).json, { tags: [] });
  await t.test('the first time', (t) => walkContract(t, origin));
  await t.test('the second time', (t) => walkContract(t, origin));
  t.same(await wrongTotals(environment.DATABASE_URL), []);
});

test('every line of the contract holds on a database with 100,000 articles', async (t) => {
  const environment = await migratedEnvironment(t);
  await seedGenerated(addressOf(environment.DATABASE_URL), { users: 1000, articles: 100_000 }, () => {});
  const { origin } = await startSteadfast(t, environment);
  t.equal((await get(origin, '/api/articles')).json.articlesCount, 100_000);
  await walkContract(t, origin);
});

test('every line of the contract holds while Redis is away', async (t) => {
  const { postgres, redis } = await privateServers(t);
  const { origin } = await startSteadfast(t, {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    ...MANY_LOGINS,
  });
  await inflict('kill', redis);
  await walkContract(t, origin);
  t.equal((await get(origin, '/health')).json.checks.redis.status, 'fail', 'it was away all the time');
});
