import { test } from 'tap';
import { runCommand } from '../support/command-line.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { sum } from '../support/samples.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** The findings are read every ten seconds; a busy machine may take its time. */
const NEXT_LOOK_MS = 60_000;

test('what the check of the data finds is in health and metrics until it is mended', async (t) => {
  const environment = await testEnvironment(t);
  const url = environment.DATABASE_URL;
  const { origin } = await startSteadfast(t, environment);
  t.equal(await sum(origin, 'data_consistency_last_check_timestamp_seconds'), undefined);
  await sql(url, 'update users set article_count = article_count + 1 where id = 1');

  const found = await runCommand(t, ['doctor', '--data'], { environment });
  t.equal(found.code, 1);
  t.match(found.output, /^FAIL users_article_count: 1 found, such as: users 1: \d+ counted, \d+ kept/m);
  t.match(found.output, /^ok {3}orphans_of_articles_author_fkey/m);
  await until(
    'health knows',
    async () => (await get(origin, '/health')).json.checks.data.status === 'warn',
    NEXT_LOOK_MS,
  );
  const { status, json } = await get(origin, '/health');
  t.equal(status, 200);
  t.match(json.checks.data.message, /do not fit together.*users_article_count \(1, such as users 1/);
  t.equal(await sum(origin, 'data_consistency_violations', { check: 'users_article_count' }), 1);
  t.equal(await sum(origin, 'data_consistency_violations', { check: 'article_totals' }), 0);

  await sql(url, 'update users set article_count = article_count - 1 where id = 1');
  t.equal((await runCommand(t, ['doctor', '--data'], { environment })).code, 0);
  await until(
    'health knows that too',
    async () => (await get(origin, '/health')).json.checks.data.status === 'pass',
    NEXT_LOOK_MS,
  );
  const checkedAt = (await sum(origin, 'data_consistency_last_check_timestamp_seconds')) ?? 0;
  t.ok(Math.abs(Date.now() / 1000 - checkedAt) < 300, 'a moment ago');
});
