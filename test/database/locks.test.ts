import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { everydayEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { holdTable } from '../support/table-locks.ts';

test('a locked table is no fault of ours: earlier answers go on, the rest is asked to come again', async (t) => {
  const environment = await everydayEnvironment(t);
  const { origin } = await startSteadfast(t, {
    ...environment,
    CACHE_FRESH_MS: '50',
    DB_LOCK_TIMEOUT_MS: '100',
  });
  const before = await get(origin, '/api/articles');
  const letGo = await holdTable(t, environment.DATABASE_URL, { table: 'articles' });
  await sleep(60);
  const seen = await get(origin, '/api/articles');
  t.equal(seen.status, 200);
  t.equal(seen.text, before.text);
  t.match(seen.headers.get('cache-status'), 'stale-if-error');
  const unseen = await get(origin, '/api/articles?limit=3');
  t.equal(unseen.status, 503);
  t.ok(Number(unseen.headers.get('retry-after')) >= 1);
  t.match(unseen.json.detail, /changing the same thing/);
  t.equal((await get(origin, '/health/database')).json.breaker.state, 'closed');
  t.match((await get(origin, '/api/monitoring/performance')).json.database, {
    available: false,
    message: /another session has locked.*docs\/runbook\/slow\.md/,
    statistics: null,
  });
  await letGo();
  t.equal((await get(origin, '/api/articles?limit=3')).status, 200);
});

test('a transaction whose caller was told that it failed is not committed behind their back', async (t) => {
  const environment = await everydayEnvironment(t);
  const { database } = await openDatabase(t, {
    ...environment,
    DB_LOCK_TIMEOUT_MS: '100',
    DB_STATEMENT_TIMEOUT_MS: '300',
    DB_QUERY_TIMEOUT_MS: '350',
    DB_BREAKER_TIMEOUT_MS: '400',
  });
  const slowly = database.transaction('test.slow', async (transaction) => {
    await transaction.query(
      { name: 'test.tag', text: "insert into tags (name) values ('late') returning name" },
      [],
    );
    for (let pause = 0; pause < 3; pause += 1) {
      await transaction.query({ name: 'test.sleep', text: 'select pg_sleep(0.2)::text' }, []);
    }
  });
  await t.rejects(slowly, { name: 'DatabaseUnavailable', reason: 'timeout', outcomeUnknown: false });
  await sleep(600);
  t.same(await sql(environment.DATABASE_URL, "select from tags where name = 'late'"), []);
});
