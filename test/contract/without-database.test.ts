import { test } from 'tap';
import { as, caller, MANY_LOGINS, ONE_SERVICE, publish, register, uniqueName } from '../support/conduit.ts';
import { DATABASE_PATIENCE } from '../support/environment.ts';
import { type Answer, get, until } from '../support/http.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { wrongTotals } from '../support/recount.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** The fastest of three keeps this on a busy machine; one that waits for PostgreSQL takes 20 s (`DATABASE_PATIENCE`). */
const AT_ONCE_MS = 1000;
const TABLES = [
  'users',
  'articles',
  'tags',
  'article_tags',
  'favorites',
  'follows',
  'comments',
  'idempotency_keys',
];
const NOTHING_CHANGED = /nothing was changed/i;

/** Everything there is, as one text a table. */
async function contents(url: string): Promise<string[]> {
  return Promise.all(
    TABLES.map(async (table) => {
      const [row] = await sql<{ digest: string }>(
        url,
        `select md5(string_agg(row::text, ' ' order by row::text)) as digest from ${table} as row`,
      );
      return `${table} ${row?.digest}`;
    }),
  );
}

test('PostgreSQL is killed: whoever is logged in reads on, and nobody writes', async (t) => {
  const { postgres, redis } = await privateServers(t);
  const environment = {
    ...{ DATABASE_URL: postgres.url, REDIS_URL: redis.url, ...MANY_LOGINS, ...ONE_SERVICE },
    ...DATABASE_PATIENCE,
    // A busy machine must not make Redis late here: what it holds is what this is about.
    REDIS_COMMAND_TIMEOUT_MS: '5000',
  };
  const { origin } = await startSteadfast(t, environment);
  const [ada, bob] = await Promise.all([register(origin), register(origin)]);
  const slug = await publish(bob.call);
  await ada.call.post(`/articles/${slug}/favorite`);
  await ada.call.post(`/profiles/${bob.username}/follow`);
  const commented = await ada.call.post(`/articles/${slug}/comments`, { comment: { body: 'before' } });
  const paths = [
    '/articles',
    '/user',
    '/articles/feed',
    `/articles/${slug}`,
    `/articles/${slug}/comments`,
    `/profiles/${bob.username}`,
  ];
  const before = new Map<string, Answer>();
  for (const path of paths) before.set(path, await ada.call.get(path));
  t.match(before.get('/articles')?.json.articles[0], { favorited: true, author: { following: true } });
  const anonymous = (await caller(origin).get('/articles')).json;
  const untouched = await contents(postgres.url);

  await inflict('kill', postgres);
  await until('health notices', async () => (await get(origin, '/health')).json.status === 'degraded');

  t.test('with the marks that are cached', async (t) => {
    for (const [path, { text }] of before) {
      const { status, headers, text: during } = await ada.call.get(path);
      t.equal(status, 200, path);
      t.equal(during, text, path);
      t.match(headers.get('cache-status'), 'stale-if-error');
      t.equal(headers.get('viewer-marks'), null);
    }
  });

  t.test('or as anonymous, and marked so, where they are not', async (t) => {
    const { status, headers, json } = await bob.call.get('/articles');
    t.equal(status, 200);
    t.equal(headers.get('viewer-marks'), 'unavailable');
    t.same(json, anonymous);
  });

  t.test('also at a server that was started only now', async (t) => {
    const { origin: other } = await startSteadfast(t, environment);
    const { headers, text } = await ada.call.at(other).get('/articles');
    t.equal(text, before.get('/articles')?.text, 'Redis has the list and the marks');
    t.equal(headers.get('viewer-marks'), null);
    t.equal((await bob.call.at(other).get('/articles')).headers.get('viewer-marks'), 'unavailable');
  });

  t.test('a token that is none is refused all the same', async (t) => {
    t.equal((await as(origin, `${ada.token}x`).get('/articles')).status, 401);
    t.equal((await caller(origin).post(`/articles/${slug}/favorite`)).status, 401);
  });

  t.test('every write is a 503 at once that says when to come back', async (t) => {
    const name = uniqueName('late');
    const user = { username: name, email: `${name}@example.com`, password: 'correct horse battery' };
    const article = { title: name, description: 'd', body: 'b', tagList: [name] };
    const key = { 'idempotency-key': name };
    const writes: Readonly<Record<string, () => Promise<Answer>>> = {
      register: () => caller(origin).post('/users', { user }),
      'log in': () => caller(origin).post('/users/login', { user: ada }),
      'change the account': () => ada.call.put('/user', { user: { bio: 'late' } }),
      follow: () => ada.call.post('/profiles/ines/follow'),
      'follow no longer': () => ada.call.delete(`/profiles/${bob.username}/follow`),
      publish: () => ada.call.post('/articles', { article }),
      'publish with a key': () => ada.call.post('/articles', { article }, key),
      'change an article': () => bob.call.put(`/articles/${slug}`, { article: { body: 'late' } }),
      'change it with If-Match': () => bob.call.put(`/articles/${slug}`, { article }, { 'if-match': '*' }),
      'delete it': () => bob.call.delete(`/articles/${slug}`),
      like: () => bob.call.post(`/articles/${slug}/favorite`),
      'like no longer': () => ada.call.delete(`/articles/${slug}/favorite`),
      comment: () => ada.call.post(`/articles/${slug}/comments`, { comment: { body: 'late' } }, key),
      'delete a comment': () => ada.call.delete(`/articles/${slug}/comments/${commented.json.comment.id}`),
    };
    for (const [what, write] of Object.entries(writes)) {
      const answers = [await write(), await write(), await write()];
      for (const { status, headers, json } of answers) {
        t.equal(status, 503, what);
        t.equal(json.type, 'urn:steadfast:problem:database-unavailable', what);
        t.match(json.detail, NOTHING_CHANGED, what);
        t.match(headers.get('retry-after'), /^[1-9]\d*$/, what);
      }
      const fastest = Math.min(...answers.map(({ ms }) => ms));
      t.ok(fastest < AT_ONCE_MS, `${what}: refused after ${fastest.toFixed(0)} ms`);
    }
  });

  t.test('when it is back nothing is half done, and everything works', async (t) => {
    await postgres.start();
    await until('it is used again', async () => (await get(origin, '/health')).json.status === 'healthy', 30_000);
    t.same(await contents(postgres.url), untouched);
    const { headers, json } = await bob.call.get('/articles');
    t.equal(headers.get('viewer-marks'), null);
    t.match(json.articles[0], { slug, favorited: false, favoritesCount: 1 });
    t.match((await bob.call.post(`/articles/${slug}/favorite`)).json.article, {
      favorited: true,
      favoritesCount: 2,
    });
    t.same(await wrongTotals(postgres.url), []);
  });
});
