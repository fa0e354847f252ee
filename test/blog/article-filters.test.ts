import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

type Filter = { readonly tag: string | null; readonly author: string | null; readonly favorited: string | null };

/** The same question in plain SQL, from the rows alone: no counter, no table of the triggers, no lower(). */
const PLAIN = `
  select article.slug
  from articles as article
  where ($1::text is null or $1 = any (article.tag_list))
    and ($2::text is null or article.author_id in (select id from users where username = $2))
    and ($3::text is null or article.id in (
      select article_id from favorites where user_id in (select id from users where username = $3)))
  order by article.created_at desc, article.id desc`;

function queryOf({ tag, author, favorited }: Filter): string {
  const parameters = new URLSearchParams();
  if (tag !== null) parameters.set('tag', tag);
  if (author !== null) parameters.set('author', author);
  if (favorited !== null) parameters.set('favorited', favorited);
  return parameters.toString();
}

async function inGroupsOf<Item>(size: number, items: readonly Item[], work: (item: Item) => Promise<void>) {
  for (let from = 0; from < items.length; from += size) {
    await Promise.all(items.slice(from, from + size).map(work));
  }
}

test('every combination of tag, author and favorited is what plain SQL finds', async (t) => {
  const environment = await testEnvironment(t);
  const database = environment.DATABASE_URL;
  const users = await sql<{ username: string }>(database, 'select username from users');
  const tags = await sql<{ tag: string }>(database, 'select distinct unnest(tag_list) as tag from articles');
  const people = [null, 'nobody', ...users.map(({ username }) => username)];
  const filters: Filter[] = [null, 'no-such-tag', ...tags.map(({ tag }) => tag)].flatMap((tag) =>
    people.flatMap((author) => people.map((favorited) => ({ tag, author, favorited }))),
  );
  t.ok(filters.length > 1000, `${filters.length} combinations`);
  const expected = new Map<Filter, string[]>();
  const plain = await sql<{ number: string; slugs: string[] }>(
    database,
    `select number, array(${PLAIN.replace(/\$(\d)/g, 'filter.v$1')}) as slugs
     from unnest($1::text[], $2::text[], $3::text[]) with ordinality as filter (v1, v2, v3, number)`,
    [filters.map(({ tag }) => tag), filters.map(({ author }) => author), filters.map((f) => f.favorited)],
  );
  for (const { number, slugs } of plain) {
    const filter = filters[Number(number) - 1];
    if (filter !== undefined) expected.set(filter, slugs);
  }
  t.ok([...expected.values()].filter((slugs) => slugs.length > 0).length > 200, 'many of them find something');

  const { origin } = await startSteadfast(t, environment);
  const wrong: string[] = [];
  await inGroupsOf(8, filters, async (filter) => {
    const { status, json } = await get(origin, `/api/articles?limit=100&${queryOf(filter)}`);
    const found = json?.articles?.map(({ slug }: { slug: string }) => slug);
    const slugs = expected.get(filter) ?? [];
    const same = JSON.stringify(found) === JSON.stringify(slugs) && json.articlesCount === slugs.length;
    if (status !== 200 || !same) wrong.push(`${queryOf(filter)}: ${status} ${found} instead of ${slugs}`);
  });
  t.same(wrong, []);

  t.test('and every page of them is the page of that', async (t) => {
    const long = filters.filter((filter) => (expected.get(filter)?.length ?? 0) > 2);
    t.ok(
      long.some(({ tag, author }) => tag !== null && author !== null),
      'also of combinations',
    );
    await inGroupsOf(8, long, async (filter) => {
      const { json } = await get(origin, `/api/articles?limit=2&offset=1&${queryOf(filter)}`);
      const slugs = expected.get(filter) ?? [];
      const found = json.articles.map(({ slug }: { slug: string }) => slug);
      if (`${found}` !== `${slugs.slice(1, 3)}` || json.articlesCount !== slugs.length) wrong.push(queryOf(filter));
    });
    t.same(wrong, []);
  });
});

test('filters', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, environment);
  const list = async (query: string) => {
    const { status, json } = await get(origin, `/api/articles?${query}`);
    t.equal(status, 200, query);
    return json;
  };
  const nothing = { articles: [], articlesCount: 0 };

  t.test('that nothing fits are answered with an empty list, not with an error', async (t) => {
    for (const query of [
      'tag=nowhere',
      'author=nobody',
      'favorited=nobody',
      'author=nobody&tag=cooking',
      'favorited=nobody&tag=cooking',
      'tag=%F0%9F%A5%90&author=%D9%8A',
      `tag=${'x'.repeat(5000)}`,
      `author=${'%F0%9F%A5%90'.repeat(500)}`,
      'tag=%27%20or%201%3D1--',
      'author=%25&favorited=_',
      'tag=%ff%fe',
    ]) {
      t.same(await list(query), nothing, query.slice(0, 60));
    }
  });

  t.test('take usernames whatever their case, and tags as they are written', async (t) => {
    for (const name of ['author', 'favorited']) {
      const plain = await list(`${name}=priya`);
      t.ok(plain.articlesCount > 0);
      for (const other of ['PRIYA', 'Priya', 'pRiYa']) t.same(await list(`${name}=${other}`), plain, other);
      t.same(await list(`${name}=PRIYA&tag=on-call`), await list(`${name}=priya&tag=on-call`));
    }
    t.same(await list('author=INES&favorited=TOM'), await list('author=ines&favorited=tom'));
    t.ok((await list('tag=cooking')).articlesCount > 0);
    t.same(await list('tag=Cooking'), nothing);
  });

  t.test('show only articles that have the tag, the author and the admirer asked for', async (t) => {
    const { articles } = await list('tag=software&author=ines');
    t.ok(articles.length > 0);
    for (const article of articles) {
      t.equal(article.author.username, 'ines');
      t.ok(article.tagList.includes('software'));
    }
  });
});
