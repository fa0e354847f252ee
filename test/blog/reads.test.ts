import { test } from 'tap';
import { get } from '../support/http.ts';
import { testEnvironment } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

test('the public reads', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));

  t.test('a list shows the newest first, without bodies, and counts all', async (t) => {
    const { status, json } = await get(origin, '/api/articles');
    t.equal(status, 200);
    t.equal(json.articles.length, 20);
    t.equal(json.articlesCount, 36);
    const times = json.articles.map((article: { createdAt: string }) => article.createdAt);
    t.same(times, times.toSorted().toReversed());
    t.notOk('body' in json.articles[0]);
  });
});
