import pg from 'pg';
import { test } from 'tap';
import { MANY_LOGINS, publish, register } from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import { wrongTotals } from '../support/recount.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { untilSomebodyWaits } from '../support/table-locks.ts';

const ROOM = { ...MANY_LOGINS, DB_QUEUE_MAX: '2000', DB_QUEUE_TIMEOUT_MS: '60000' } as const;
const ROUNDS = 40;

test('writing to an article while it is being deleted: it was there, or it is not found', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...ROOM };
  const { origin } = await startSteadfast(t, environment);
  const [author, reader] = await Promise.all([register(origin), register(origin)]);
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const slug = await publish(author.call);
    const answers = await Promise.all([
      author.call.delete(`/articles/${slug}`),
      reader.call.post(`/articles/${slug}/comments`, { comment: { body: 'wait' } }),
      reader.call.post(`/articles/${slug}/favorite`),
      author.call.put(`/articles/${slug}`, { article: { body: 'changed' } }),
    ]);
    for (const [index, { status, json }] of answers.entries()) {
      seen.add(
        `${['delete', 'comment', 'favorite', 'change'][index]} ${status} ${JSON.stringify(json?.errors ?? {})}`,
      );
    }
  }
  const missing = '404 {"article":["not found"]}';
  const expected = [
    'delete 204 {}',
    ...['comment 201 {}', `comment ${missing}`],
    ...['favorite 200 {}', `favorite ${missing}`],
    ...['change 200 {}', `change ${missing}`],
  ];
  t.same(
    [...seen].filter((outcome) => !expected.includes(outcome)),
    [],
  );
  t.ok(
    [...seen].some((outcome) => outcome.includes('404')),
    'the race was met',
  );
  t.same(await wrongTotals(environment.DATABASE_URL), []);
});

test('writing to an article whose title is being changed: under the name of before it is not found', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...ROOM };
  const { origin } = await startSteadfast(t, environment);
  const { call } = await register(origin);
  const writes = {
    change: (slug: string) => call.put(`/articles/${slug}`, { article: { body: 'changed' } }),
    rename: (slug: string) => call.put(`/articles/${slug}`, { article: { title: 'Another title still' } }),
    comment: (slug: string) => call.post(`/articles/${slug}/comments`, { comment: { body: 'wait' } }),
    deletion: (slug: string) => call.delete(`/articles/${slug}`),
  };
  const client = new pg.Client({ connectionString: environment.DATABASE_URL });
  await client.connect();
  t.teardown(() => client.end());
  for (const [what, write] of Object.entries(writes)) {
    const slug = await publish(call);
    await client.query('begin');
    await client.query("update articles set slug = slug || '-renamed' where slug = $1", [slug]);
    const answer = write(slug);
    await untilSomebodyWaits(environment.DATABASE_URL, `the ${what} waits`);
    await client.query('commit');
    t.equal((await answer).status, 404, what);
    t.equal((await call.get(`/articles/${slug}-renamed`)).status, 200, 'and what it is called now is as it was');
  }
});
