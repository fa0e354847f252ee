import { test } from 'tap';
import { type Account, type Caller, caller, MANY_LOGINS, publish, register } from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import { complainsOf } from '../support/refused.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const NEXT = /^<\/api(\/[^>]+)>; rel="next"$/;
const MANY = 230;

type Page = { readonly slugs: readonly string[]; readonly total: number; readonly next: string | undefined };

async function page(call: Caller, path: string): Promise<Page> {
  const { status, headers, text, json } = await call.get(path);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  const link = headers.get('link');
  const next = NEXT.exec(link ?? '')?.[1];
  if (link !== null && next === undefined) throw new Error(`this Link is none: ${link}`);
  return { slugs: json.articles.map((item: { slug: string }) => item.slug), total: json.articlesCount, next };
}

/** Follows Link rel="next" to the end; `between` happens after each page but the last. */
async function walk(call: Caller, path: string, between: (page: Page) => Promise<unknown> = async () => {}) {
  const pages: Page[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const current: Page = await page(call, next);
    pages.push(current);
    next = current.next;
    if (next !== undefined) await between(current);
  }
  return { pages, slugs: pages.flatMap(({ slugs }) => slugs) };
}

test('a cursor walks over every page', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...MANY_LOGINS };
  const url = environment.DATABASE_URL;
  const { origin } = await startSteadfast(t, environment);
  const [ada, bob] = await Promise.all([register(origin), register(origin)]);
  // Many of one moment, for ties, by two people; every other one is tagged, every third liked.
  await sql(
    url,
    `insert into articles (slug, title, description, body, tag_list, author_id, created_at, updated_at)
     select 'walk-' || md5(n::text), 'T', 'D', 'B', case when n % 2 = 0 then '{walked}' else '{}' end::text[],
       (select id from users where username = case when n % 5 = 0 then 'ines' else $1 end),
       timestamptz '2026-05-01' + n / 40 * interval '1 ms', '2026-05-02'
     from generate_series(1, $2::int) as n`,
    [ada.username, MANY],
  );
  await sql(
    url,
    `insert into favorites (user_id, article_id)
     select (select id from users where username = $1), id from articles where id % 3 = 0`,
    [bob.username],
  );
  for (const username of [ada.username, 'ines', 'oskar']) await bob.call.post(`/profiles/${username}/follow`);

  const liked = `exists (select from favorites join users on users.id = user_id
                         where article_id = articles.id and username = '${bob.username}')`;
  const by = (...names: string[]) =>
    `author_id in (select id from users where username in (${names.map((name) => `'${name}'`).join()}))`;
  const lists: Readonly<Record<string, string>> = {
    '/articles?': 'true',
    '/articles?tag=walked&': "'walked' = any (tag_list)",
    [`/articles?author=${ada.username}&`]: by(ada.username),
    [`/articles?favorited=${bob.username}&`]: liked,
    [`/articles?author=${ada.username}&tag=walked&`]: `${by(ada.username)} and 'walked' = any (tag_list)`,
    [`/articles?favorited=${bob.username}&tag=walked&`]: `${liked} and 'walked' = any (tag_list)`,
    '/articles/feed?': by(ada.username, 'ines', 'oskar'),
  };
  const inOrder = async (condition: string) => {
    const rows = await sql<{ slug: string }>(
      url,
      `select slug from articles where ${condition} order by created_at desc, id desc`,
    );
    return rows.map(({ slug }) => slug);
  };

  for (const [path, condition] of Object.entries(lists)) {
    t.test(`${path} shows every article once, in order, whatever the size of a page`, async (t) => {
      const expected = await inOrder(condition);
      for (const limit of [7, 20, 100]) {
        const { pages, slugs } = await walk(bob.call, `${path}limit=${limit}`);
        t.same(slugs, expected, `limit=${limit}`);
        t.same([...new Set(pages.map(({ total }) => total))], [expected.length], 'the total on every page');
        const full = pages.slice(0, -1).every(({ slugs }) => slugs.length === limit);
        t.ok(full, 'every page but the last is full');
      }
      t.same((await walk(bob.call, path.slice(0, -1))).slugs, expected, 'without a limit');
      t.same((await walk(bob.call, `${path}limit=20&offset=15`)).slugs, expected.slice(15), 'from an offset on');
    });
  }

  t.test('while people publish, like and delete, what was there is shown once and in order', async (t) => {
    const write = async (by: Account, { slugs }: Page) => {
      const slug = await publish(by.call, undefined, ['walked']);
      await bob.call.post(`/articles/${slug}/favorite`);
      // Where the cursor points there need not be an article any more.
      await sql(url, 'delete from articles where slug = $1', [slugs.at(-1)]);
    };
    for (const [path, condition] of Object.entries(lists)) {
      const expected = await inOrder(condition);
      const { slugs } = await walk(bob.call, `${path}limit=9`, (page) => write(ada, page));
      t.same(slugs, expected, path);
      t.strictNotSame(await inOrder(condition), expected, 'there were other articles meanwhile');
    }
    // The same with writers who do not wait for the reader.
    for (const [path, condition] of Object.entries(lists)) {
      const expected = await inOrder(condition);
      let walking = true;
      const writers = [ada, ada].map(async ({ call }) => {
        while (walking) await publish(call, undefined, ['walked']);
      });
      const { slugs } = await walk(bob.call, `${path}limit=9`);
      walking = false;
      await Promise.all(writers);
      const there = new Set(expected);
      t.same(
        slugs.filter((slug) => there.has(slug)),
        expected,
        path,
      );
      t.equal(new Set(slugs).size, slugs.length, 'and nothing twice');
    }
  });

  t.test('the limit is capped, and then the rest is behind the link', async (t) => {
    const first = await page(bob.call, '/articles?limit=1000');
    t.equal(first.slugs.length, 100);
    t.same((await walk(bob.call, '/articles?limit=1000')).slugs, await inOrder('true'));
    t.equal((await page(bob.call, '/articles?limit=0')).next, undefined);
  });

  t.test('the link keeps what was asked for, and needs no offset', async (t) => {
    const query = new URLSearchParams({ tag: 'walked', limit: '5', offset: '5' });
    const { next = '' } = await page(caller(origin), `/articles?${query}`);
    const { searchParams } = new URL(next, origin);
    t.same([...searchParams.keys()].sort(), ['cursor', 'limit', 'tag']);
    t.match(Object.fromEntries(searchParams), { tag: 'walked', limit: '5', cursor: /^\d+\.\d+$/ });
  });

  t.test('the link keeps a question mark that was asked for', async (t) => {
    for (let article = 0; article < 3; article += 1) await publish(bob.call, undefined, ['what?b']);
    for (const tag of ['what?b', 'what%3Fb']) {
      t.equal((await walk(caller(origin), `/articles?limit=2&tag=${tag}`)).slugs.length, 3, tag);
    }
  });

  t.test('a cursor that is none is a 422 that names it', async (t) => {
    for (const cursor of [
      'x',
      '',
      '1',
      '1.',
      '.1',
      '1.2.3',
      '-1.2',
      '1.x',
      ' 1.2',
      '1e3.2',
      '1'.repeat(30),
      '%00',
    ]) {
      for (const path of ['/articles', '/articles/feed']) {
        complainsOf(t, await bob.call.get(`${path}?cursor=${cursor}`), 422, 'cursor', `${path}?cursor=${cursor}`);
      }
    }
    complainsOf(t, await bob.call.get('/articles?cursor=1.1&cursor=1.2'), 422, 'cursor', 'two cursors');
  });

  t.test('a cursor beyond either end is no mistake', async (t) => {
    const { total } = await page(bob.call, '/articles');
    t.same(await page(bob.call, '/articles?cursor=0.1'), { slugs: [], total, next: undefined });
    const everything = await page(bob.call, `/articles?cursor=${'9'.repeat(15)}.${'9'.repeat(18)}`);
    t.same(everything, await page(bob.call, '/articles?cursor=999999999999999.1'));
    t.equal(everything.slugs.length, 20);
  });
});
