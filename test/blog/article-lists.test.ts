import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { differences, LISTED_ARTICLE } from '../support/shapes.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const LIST = { articles: [LISTED_ARTICLE], articlesCount: 'integer' } as const;
const NEWEST_FIRST = 'select slug from articles order by created_at desc, id desc';

test('the list of articles', async (t) => {
  const environment = await testEnvironment(t);
  const database = environment.DATABASE_URL;
  // 120 articles of one moment, for ties and for the cap; their slugs say nothing about their order.
  await sql(
    database,
    `insert into articles (slug, title, description, body, author_id, created_at, updated_at)
     select 'tie-' || md5(n::text), 'Tie', 'At the same moment', 'As another', (select min(id) from users),
            '2026-05-01T12:00:00Z', '2026-05-01T12:00:00Z'
     from generate_series(1, 120) as n`,
  );
  const expected = (await sql<{ slug: string }>(database, NEWEST_FIRST)).map(({ slug }) => slug);
  const { origin } = await startSteadfast(t, environment);
  const list = async (query = '') => {
    const { status, json } = await get(origin, `/api/articles${query}`);
    t.equal(status, 200, query);
    return { slugs: json.articles.map((article: { slug: string }) => article.slug), json };
  };

  t.test('has exactly the keys and types of the contract, and no bodies', async (t) => {
    const { json } = await list('?limit=100');
    t.same(differences(json, LIST), []);
  });

  t.test('gives the 20 newest when nothing is asked for, and says how many there are in all', async (t) => {
    const { slugs, json } = await list();
    t.same(slugs, expected.slice(0, 20));
    t.equal(json.articlesCount, expected.length);
    t.ok(expected.length > 150, 'there are more than the cap of 100');
  });

  t.test('takes a limit of more than 100 as 100', async (t) => {
    for (const limit of ['101', '150', '1000000', '9223372036854775808', '99999999999999999999999']) {
      t.same((await list(`?limit=${limit}`)).slugs, expected.slice(0, 100), limit);
    }
    t.same((await list('?limit=100')).slugs, expected.slice(0, 100));
    t.same((await list('?limit=99')).slugs, expected.slice(0, 99));
  });

  t.test('gives nothing but the total for a limit of 0', async (t) => {
    t.same((await list('?limit=0')).json, { articles: [], articlesCount: expected.length });
  });

  t.test('pages without a gap and without showing anything twice, ties included', async (t) => {
    const paged: string[] = [];
    for (let offset = 0; offset < expected.length; offset += 13) {
      const { slugs, json } = await list(`?limit=13&offset=${offset}`);
      t.equal(json.articlesCount, expected.length, 'the total is the total on every page');
      paged.push(...slugs);
    }
    t.same(paged, expected);
  });

  t.test('is empty beyond the end, with the total unchanged', async (t) => {
    const total = expected.length;
    for (const offset of [total, total + 1, 1_000_000, 2 ** 31 - 1]) {
      t.same((await list(`?offset=${offset}`)).json, { articles: [], articlesCount: total }, String(offset));
    }
    t.same((await list(`?offset=${total - 1}`)).slugs, expected.slice(-1));
  });

  t.test('reads digits as digits, leading zeros included', async (t) => {
    t.same((await list('?limit=007&offset=00')).slugs, expected.slice(0, 7));
  });

  t.test('does not mind parameters that it does not know', async (t) => {
    t.same((await list('?page=3&limit[]=5&utm_source=a&utm_source=b')).slugs, expected.slice(0, 20));
  });
});

test('a blog without articles is an empty list', async (t) => {
  const environment = await testEnvironment(t);
  await sql(environment.DATABASE_URL, 'delete from articles');
  const { origin } = await startSteadfast(t, environment);
  t.same((await get(origin, '/api/articles')).json, { articles: [], articlesCount: 0 });
  t.same((await get(origin, '/api/articles?tag=cooking&author=ines&favorited=tom')).json, {
    articles: [],
    articlesCount: 0,
  });
  t.same((await get(origin, '/api/tags')).json, { tags: [] }, 'and its tags are in use no more');
});
