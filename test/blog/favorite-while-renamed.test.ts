import { Client } from 'pg';
import { test } from 'tap';
import { apiOf, publish, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { untilSomebodyWaits } from '../support/table-locks.ts';

test('an article that is renamed while somebody likes it', async (t) => {
  const environment = await testEnvironment(t);
  const { DATABASE_URL: url } = environment;
  const api = apiOf((await startSteadfast(t, environment)).origin);
  const author = await register(api, 'renaming-author');
  const reader = await register(api, 'reading-meanwhile');
  const likes = async (slug: string) => {
    const [row] = await sql<{ count: string; favorites: string }>(
      url,
      `select favorites_count as count, (select count(*) from favorites where article_id = articles.id) as favorites
       from articles where slug = $1`,
      [slug],
    );
    return { count: Number(row?.count), favorites: Number(row?.favorites) };
  };

  for (const [method, before] of [
    ['POST', 0],
    ['DELETE', 1],
  ] as const) {
    t.test(`${method}: is not found under its old name, and nothing was changed`, async (t) => {
      const slug = await publish(api, author, `Renamed during ${method}`);
      if (before === 1) await api('POST', `/api/articles/${slug}/favorite`, { token: reader });
      const renaming = new Client({ connectionString: url });
      await renaming.connect();
      t.teardown(() => renaming.end());
      await renaming.query('begin');
      await renaming.query("update articles set slug = slug || '-anew' where slug = $1", [slug]);

      const answer = api(method, `/api/articles/${slug}/favorite`, { token: reader });
      await untilSomebodyWaits(url);
      await renaming.query('commit');

      t.equal((await answer).status, 404);
      t.same(await likes(`${slug}-anew`), { count: before, favorites: before });
      const under = await api(method, `/api/articles/${slug}-anew/favorite`, { token: reader });
      t.match(under, { status: 200, json: { article: { favoritesCount: 1 - before, favorited: before === 0 } } });
    });
  }
});
