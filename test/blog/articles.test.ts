import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { ARTICLE, differences } from '../support/shapes.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** What the rows say, put together here and not by PostgreSQL. */
const ROWS = `
  select article.*, users.username, users.bio, users.image,
         (select count(*)::integer from favorites where article_id = article.id) as favorites
  from articles as article join users on users.id = article.author_id`;

type Row = Record<'slug' | 'title' | 'description' | 'body' | 'username', string> & {
  tag_list: string[];
  created_at: Date;
  updated_at: Date;
  bio: string | null;
  image: string | null;
  favorites: number;
};

function articleOf(row: Row) {
  const { slug, title, description, body, username, bio, image } = row;
  return {
    ...{ slug, title, description, body },
    tagList: row.tag_list,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    favorited: false,
    favoritesCount: row.favorites,
    author: { username, bio, image, following: false },
  };
}

const NAMES = [
  'a/b',
  'a b',
  'ä-ö-ü',
  'قطار-الليل',
  '星を見る夜',
  '🥐-👩‍🚀',
  'a%20b',
  '100%',
  'a?b#c',
  '"\'\\',
  '..',
  '.',
  'a.b',
  '-',
  'A',
  'a',
  '\u00e9',
  'e\u0301', // the same to the eye, and another slug
];

test('an article', async (t) => {
  const environment = await testEnvironment(t);
  const database = environment.DATABASE_URL;
  await sql(
    database,
    `insert into articles (slug, title, description, body, tag_list, author_id, created_at, updated_at)
     select slug, 'Title of ' || left(slug, 60), 'About ' || slug, E'First line\n\t"quoted" \\\\ ' || slug || U&' \\2028 \\0001',
            array['zebra', 'apple', left(slug, 60), 'middle'], (select min(id) from users),
            '2026-03-29T00:59:59.999Z', '2026-12-31T23:59:59.001Z'
     from unnest($1::text[]) as slug`,
    // In composed form, as whatever comes by the API is stored, and as paths are read.
    [[...new Set(NAMES.map((name) => name.normalize('NFC'))), 'x'.repeat(255), '🥐'.repeat(255)]],
  );
  const rows = await sql<Row>(database, ROWS);
  const { origin } = await startSteadfast(t, environment);

  t.test('has exactly the keys and types of the contract', async (t) => {
    for (const { slug } of rows.slice(0, 36)) {
      const { json } = await get(origin, `/api/articles/${slug}`);
      t.same(differences(json, { article: ARTICLE }), [], slug);
    }
  });

  t.test('says what the rows say, byte for byte, whatever its name is written in', async (t) => {
    for (const row of rows) {
      // A client would resolve the path segments . and .. before sending them, even percent-encoded.
      if (row.slug === '.' || row.slug === '..') continue;
      const { status, json } = await get(origin, `/api/articles/${encodeURIComponent(row.slug)}`);
      t.equal(status, 200, row.slug);
      t.strictSame(json.article, articleOf(row), row.slug);
    }
  });

  t.test('is in the list as it is on its own, but for the body', async (t) => {
    const { json } = await get(origin, '/api/articles?limit=100');
    t.equal(json.articles.length, rows.length);
    for (const item of json.articles) {
      const row = rows.find(({ slug }) => slug === item.slug);
      if (row === undefined) throw new Error(`${item.slug} is in no row`);
      const { body: _, ...expected } = articleOf(row);
      t.strictSame(item, expected, item.slug);
    }
  });

  t.test('keeps Arabic, Japanese and emoji as UTF-8, not as escapes', async (t) => {
    for (const text of ['قطار-الليل', '星を見る夜', '🥐-👩‍🚀']) {
      const answer = await get(origin, `/api/articles/${encodeURIComponent(text)}`);
      t.match(answer.headers.get('content-type'), /^application\/json/);
      t.ok(answer.text.includes(`"title":"Title of ${text}"`), text);
    }
  });

  t.test('keeps its tags in the order they were given, also after others were added', async (t) => {
    t.same((await get(origin, '/api/articles/ä-ö-ü')).json.article.tagList, ['zebra', 'apple', 'ä-ö-ü', 'middle']);
  });

  t.test('shows its times to the millisecond in UTC, whatever the time zone of the database', async (t) => {
    await sql(
      database,
      `do $$ begin execute format('alter database %I set timezone = %L', current_database(), 'Asia/Kolkata'); end $$`,
    );
    // With a name space of its own in Redis, where nothing is kept yet.
    const elsewhere = await startSteadfast(t, { ...environment, REDIS_KEY_PREFIX: `test-${randomUUID()}` });
    const { article } = (await get(elsewhere.origin, '/api/articles/-')).json;
    t.equal(article.createdAt, '2026-03-29T00:59:59.999Z');
    t.equal(article.updatedAt, '2026-12-31T23:59:59.001Z');
  });

  t.test('is found by its very slug only', async (t) => {
    for (const slug of [
      'THE-PAGER-IS-A-PROMISE',
      'the-pager-is-a-promise%20',
      'the-pager-is-a-promis',
      '%25',
      '_',
      'a%2525',
    ]) {
      isProblem(t, await get(origin, `/api/articles/${slug}`), 404, 'not-found', ['article']);
    }
  });

  t.test('that does not exist is a 404, alone and for its comments', async (t) => {
    isProblem(t, await get(origin, '/api/articles/nowhere'), 404, 'not-found', ['article']);
    isProblem(t, await get(origin, '/api/articles/nowhere/comments'), 404, 'not-found', ['article']);
    isProblem(t, await get(origin, '/api/articles/nowhere?limit=x'), 404, 'not-found', ['article']);
  });
});
