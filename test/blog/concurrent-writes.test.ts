import { Client } from 'pg';
import { type Test, test } from 'tap';
import { apiOf, publish, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { untilSomebodyWaits } from '../support/table-locks.ts';

const TURN = "hashtext('writers of the blog')";

/** A transaction of somebody else, which ends when it is told to. */
async function somebodyElse(t: Test, url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  t.teardown(() => client.end());
  await client.query('begin');
  return client;
}

test('writes that meet', async (t) => {
  const environment = await testEnvironment(t);
  const { DATABASE_URL: url } = environment;
  const api = apiOf((await startSteadfast(t, environment)).origin);
  const author = await register(api, 'meeting-author');
  const reader = await register(api, 'meeting-reader');
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
    const liked = async (title: string) => {
      const slug = await publish(api, author, `${title} during ${method}`);
      if (before === 1) await api('POST', `/api/articles/${slug}/favorite`, { token: reader });
      return slug;
    };

    t.test(
      `${method} of a favorite does not find an article that is renamed meanwhile, and changes nothing`,
      async (t) => {
        const slug = await liked('Renamed');
        const renaming = await somebodyElse(t, url);
        await renaming.query("update articles set slug = slug || '-anew' where slug = $1", [slug]);

        const answer = api(method, `/api/articles/${slug}/favorite`, { token: reader });
        await untilSomebodyWaits(url);
        await renaming.query('commit');

        t.equal((await answer).status, 404);
        t.same(await likes(`${slug}-anew`), { count: before, favorites: before });
        const under = await api(method, `/api/articles/${slug}-anew/favorite`, { token: reader });
        t.match(under, { status: 200, json: { article: { favoritesCount: 1 - before, favorited: before === 0 } } });
      },
    );

    t.test(`${method} of a favorite is about the article that has the slug when it is its turn`, async (t) => {
      const slug = await liked('Replaced');
      const other = await liked('Replacing');
      const replacing = await somebodyElse(t, url);
      await replacing.query(`select pg_advisory_xact_lock(${TURN})`);

      const answer = api(method, `/api/articles/${slug}/favorite`, { token: reader });
      await untilSomebodyWaits(url);
      await replacing.query("update articles set slug = slug || '-old' where slug = $1", [slug]);
      await replacing.query('update articles set slug = $1 where slug = $2', [slug, other]);
      await replacing.query('commit');

      const { article } = (await answer).json;
      t.match(article, { slug, title: `Replacing during ${method}`, favorited: before === 0 });
      t.same(await likes(slug), { count: 1 - before, favorites: 1 - before });
      t.same(await likes(`${slug}-old`), { count: before, favorites: before });
    });
  }

  t.test('a POST with an Idempotency-Key holds nothing while it waits for its turn', async (t) => {
    const writing = await somebodyElse(t, url);
    await writing.query(`select pg_advisory_xact_lock(${TURN})`);
    const article = { title: 'Waiting with a key', description: 'd', body: 'b' };
    const headers = { 'idempotency-key': 'while it waits' };
    const answer = api('POST', '/api/articles', { token: author, headers, body: { article } });
    await untilSomebodyWaits(url);
    const { rowCount } = await writing.query(
      "select from users where username = 'meeting-author' for update nowait",
    );
    t.equal(rowCount, 1);
    await writing.query('commit');
    t.equal((await answer).status, 201);
  });

  for (const [method, call] of [
    ['PUT', { body: { article: { body: 'Changed.' } } }],
    ['DELETE', {}],
  ] as const) {
    t.test(`${method} of an article holds nothing while it waits for its turn`, async (t) => {
      const slug = await publish(api, author, `Waiting for ${method}`);
      const writing = await somebodyElse(t, url);
      await writing.query(`select pg_advisory_xact_lock(${TURN})`);
      const answer = api(method, `/api/articles/${slug}`, { token: author, ...call });
      await untilSomebodyWaits(url);
      const { rowCount } = await writing.query('select from articles where slug = $1 for update nowait', [slug]);
      t.equal(rowCount, 1);
      await writing.query('commit');
      t.equal((await answer).status, method === 'PUT' ? 200 : 204);
    });
  }

  t.test('a comment that somebody else deletes meanwhile is not found', async (t) => {
    const slug = await publish(api, author, 'Deleted twice');
    const path = `/api/articles/${slug}/comments`;
    const { json } = await api('POST', path, { token: author, body: { comment: { body: 'Once.' } } });
    const deleting = await somebodyElse(t, url);
    await deleting.query('delete from comments where id = $1', [json.comment.id]);
    const answer = api('DELETE', `${path}/${json.comment.id}`, { token: author });
    await untilSomebodyWaits(url);
    await deleting.query('commit');
    t.equal((await answer).status, 404);
  });
});

test('a write that is made after it was given up is seen all the same', async (t) => {
  // Nothing is loaded anew for its age.
  const environment = { ...(await testEnvironment(t)), REQUEST_DEADLINE_MS: '1000', CACHE_FRESH_MS: '600000' };
  const api = apiOf((await startSteadfast(t, environment)).origin);
  const token = await register(api, 'patient');
  const slug = await publish(api, token, 'Made late');
  const count = async () => (await api('GET', `/api/articles/${slug}`)).json.article.favoritesCount as number;
  const busy = await somebodyElse(t, environment.DATABASE_URL);
  await busy.query(`select pg_advisory_xact_lock(${TURN})`);

  const { status, json } = await api('POST', `/api/articles/${slug}/favorite`, { token });
  t.equal(status, 503, json.detail);
  t.equal(await count(), 0, 'is kept from now on');
  await busy.query('commit');
  await until('it is seen', async () => (await count()) === 1, 30_000);
});
