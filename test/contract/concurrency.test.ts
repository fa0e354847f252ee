import { test } from 'tap';
import { caller, MANY_LOGINS, publish, register, registerMany, uniqueName } from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import type { Answer } from '../support/http.ts';
import { wrongTotals } from '../support/recount.ts';
import { TAKEN } from '../support/refused.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { holdTable } from '../support/table-locks.ts';
import { type Dice, dice } from '../support/writers.ts';

/** Room for everybody to wait: these tests are about what is written, not about who is turned away. */
const ROOM = { ...MANY_LOGINS, DB_QUEUE_MAX: '2000', DB_QUEUE_TIMEOUT_MS: '60000' } as const;

const TITLES = 300;

const times = <Result>(howOften: number, work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: howOften }, (_, index) => work(index)));

function statuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

test('hundreds of equal titles at once become as many articles with a slug of their own', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...ROOM };
  const { origin } = await startSteadfast(t, environment);
  const writers = await registerMany(origin, 5);
  const title = 'Everybody calls it this';
  const article = { title, description: 'd', body: 'b', tagList: ['same'] };
  const answers = await times(TITLES, async (index) => {
    const { call } = writers[index % writers.length] ?? { call: caller(origin) };
    return call.post('/articles', { article });
  });
  t.same(statuses(answers), { 201: TITLES });
  const slugs = answers.map(({ json }) => String(json.article.slug));
  t.equal(new Set(slugs).size, TITLES, 'no slug twice');
  t.equal(slugs.filter((slug) => slug === 'everybody-calls-it-this').length, 1, 'one of them is the plain one');
  t.ok(slugs.every((slug) => slug.startsWith('everybody-calls-it-this')));
  t.equal((await caller(origin).get('/articles?tag=same')).json.articlesCount, TITLES);

  t.test('renaming to one title, too', async (t) => {
    const renamed = await times(40, async (index) => {
      const { call } = writers[index % writers.length] ?? { call: caller(origin) };
      return call.put(`/articles/${slugs[index]}`, { article: { title: 'And now this' } });
    });
    t.same(statuses(renamed), { 200: 40 });
    t.equal(new Set(renamed.map(({ json }) => json.article.slug)).size, 40);
  });
  t.same(await wrongTotals(environment.DATABASE_URL), []);
});

test('of many who register one name or one address at once, exactly one gets it', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...ROOM };
  const { origin } = await startSteadfast(t, environment);
  const password = 'correct horse battery';
  for (const same of ['username', 'email'] as const) {
    const shared = { username: uniqueName('wanted'), email: `${uniqueName('wanted')}@example.com` };
    const answers = await times(20, (index) => {
      const own = { username: uniqueName('x'), email: `${uniqueName('x')}@example.com` };
      const value = index % 2 === 0 ? shared[same] : shared[same].toUpperCase();
      return caller(origin).post('/users', { user: { ...own, [same]: value, password } });
    });
    t.same(statuses(answers), { 201: 1, 409: 19 }, same);
    for (const { status, json } of answers) if (status === 409) t.same(json.errors, { [same]: [TAKEN] });
  }
});

test('whoever likes, comments, follows, edits and deletes at once, every total is right afterwards', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...ROOM };
  const { origin } = await startSteadfast(t, environment);
  const people = await registerMany(origin, 8);
  const slugs: string[] = [];
  for (const { call } of [...people, ...people]) slugs.push(await publish(call, undefined, ['one', 'two']));

  const step = (roll: Dice, me: (typeof people)[number]): Promise<Answer> => {
    const { call } = me;
    const slug = slugs[roll(slugs.length)] ?? '';
    const other = people[roll(people.length)] ?? me;
    switch (roll(10)) {
      case 0:
      case 1:
      case 2:
        return call.post(`/articles/${slug}/favorite`);
      case 3:
      case 4:
        return call.delete(`/articles/${slug}/favorite`);
      case 5:
        return call.post(`/articles/${slug}/comments`, { comment: { body: 'Yes!' } });
      case 6:
        return roll(2) === 0
          ? call.post(`/profiles/${other.username}/follow`)
          : call.delete(`/profiles/${other.username}/follow`);
      case 7:
        return call.put(`/articles/${slug}`, { article: { tagList: [['one', 'two', 'three'][roll(3)]] } });
      case 8:
        return call.post('/articles', { article: { title: 'New', description: 'd', body: 'b', tagList: ['one'] } });
      default:
        return call.delete(`/articles/${slug}`);
    }
  };
  const answers = (
    await Promise.all(
      people.map(async (me, seed) => {
        const roll = dice(seed + 1);
        const mine: Answer[] = [];
        for (let done = 0; done < 60; done += 1) mine.push(await step(roll, me));
        return mine;
      }),
    )
  ).flat();
  const counts = statuses(answers);
  const expected = ['200', '201', '204', '403', '404', '422'];
  t.same(
    Object.keys(counts).filter((status) => !expected.includes(status)),
    [],
    JSON.stringify(counts),
  );
  for (const status of [200, 201, 204, 403]) t.ok((counts[status] ?? 0) > 0, `some were ${status}`);
  t.same(await wrongTotals(environment.DATABASE_URL), []);

  const counted = await sql<{ slug: string; count: number }>(
    environment.DATABASE_URL,
    'select slug, (select count(*)::int from favorites where article_id = articles.id) as count from articles',
  );
  for (const { slug, count } of counted) {
    const { json } = await caller(origin).get(`/articles/${slug}`);
    if (json.article.favoritesCount !== count) t.fail(`${slug} says ${json.article.favoritesCount}, not ${count}`);
  }
});

test('of two editors with one ETag, one is told 200 and the other 412', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...ROOM };
  const { origin } = await startSteadfast(t, environment);
  const { call } = await register(origin);
  const slug = await publish(call);
  const path = `/articles/${slug}`;
  for (let round = 0; round < 15; round += 1) {
    const etag = (await call.get(path)).headers.get('etag') ?? '';
    const edit = (body: string) => call.put(path, { article: { body } }, { 'if-match': etag });
    const answers = await Promise.all([edit(`left ${round}`), edit(`right ${round}`)]);
    t.same(statuses(answers), { 200: 1, 412: 1 });
    const won = answers.find(({ status }) => status === 200);
    t.same((await call.get(path)).json, won?.json, 'what the one wrote is there');
    t.equal(won?.headers.get('etag'), (await call.get(path)).headers.get('etag'), 'under the ETag it was told');
    const lost = answers.find(({ status }) => status === 412);
    t.same(lost?.json.errors, { article: ['has changed'] });
  }
  t.equal((await call.put(path, { article: { body: 'x' } }, { 'if-match': '"no-such"' })).status, 412);
  t.equal((await call.put(path, { article: { body: 'x' } }, { 'if-match': '*' })).status, 200, '* is any version');
  t.equal((await call.put('/articles/none', { article: { body: 'x' } }, { 'if-match': '*' })).status, 404);
});

test('a lock that somebody else holds too long is a 503 that may be repeated, and nothing has changed', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...ROOM, DB_LOCK_TIMEOUT_MS: '100' };
  const { origin } = await startSteadfast(t, environment);
  const [{ call }, other] = await Promise.all([register(origin), register(origin)]);
  const path = `/articles/${await publish(call)}`;
  const before = (await caller(origin).get(path)).json;
  const letGo = await holdTable(t, environment.DATABASE_URL, { table: 'articles, favorites, follows, comments' });
  const answers = await Promise.all([
    call.put(path, { article: { body: 'x' } }),
    call.delete(path),
    call.post(`${path}/favorite`),
    call.post(`${path}/comments`, { comment: { body: 'x' } }),
    call.post(`/profiles/${other.username}/follow`),
    call.post('/articles', { article: { title: 't', description: 'd', body: 'b' } }),
  ]);
  t.same(statuses(answers), { 503: 6 });
  for (const { headers } of answers) t.match(headers.get('retry-after'), /^[1-9]/);
  await letGo();
  t.same((await caller(origin).get(path)).json, before);
});
