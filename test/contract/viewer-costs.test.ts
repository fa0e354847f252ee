import { test } from 'tap';
import { caller, MANY_LOGINS, register } from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import { sum } from '../support/samples.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** How many statements the server has sent, in all or of that name. */
async function statementsOf(origin: string, name?: string): Promise<number> {
  const labels = name === undefined ? {} : { db_operation_name: name };
  return (await sum(origin, 'db_client_operation_duration_seconds_count', labels)) ?? 0;
}

test("a viewer's list comes from the shared cache, and the marks cost one statement or none", async (t) => {
  const environment = { ...(await testEnvironment(t)), ...MANY_LOGINS };
  const { origin } = await startSteadfast(t, environment);
  const [ada, bob] = await Promise.all([register(origin), register(origin)]);
  await ada.call.post('/profiles/ines/follow');
  // Whether the account still exists is asked once, too.
  for (const { call } of [ada, bob]) await call.get('/user');
  const statements = (name?: string) => statementsOf(origin, name);
  const comments = '/articles/the-pager-is-a-promise/comments';

  for (const path of [
    '/articles',
    '/articles?tag=cooking',
    '/articles?author=ines',
    '/articles?favorited=tom',
    comments,
  ]) {
    await caller(origin).get(path);
    for (const { call, username } of [ada, bob]) {
      const [all, marks] = [await statements(), await statements('marks.of_viewer')];
      const first = await call.get(path);
      t.match(first.headers.get('cache-status'), 'Steadfast; hit', `${path} for ${username}`);
      t.match(first.headers.get('vary')?.toLowerCase(), 'authorization');
      // Two lists may show the same things: then even the first time costs nothing.
      t.ok((await statements('marks.of_viewer')) - marks <= 1, 'at most one statement for the marks');
      t.equal((await statements()) - all, (await statements('marks.of_viewer')) - marks, 'and no other');
      const known = await statements();
      for (let repeated = 0; repeated < 5; repeated += 1) t.equal((await call.get(path)).text, first.text);
      t.equal(await statements(), known, 'none when repeated');
      const etag = first.headers.get('etag') ?? '';
      t.equal((await call.get(path, { 'if-none-match': etag })).status, 304);
    }
  }
  t.ok((await statements('marks.of_viewer')) >= 8, 'marks were asked for');

  const [forAda, forBob] = [
    await ada.call.get('/articles?author=ines'),
    await bob.call.get('/articles?author=ines'),
  ];
  const following = (json: typeof forAda.json) => json.articles[0].author.following;
  t.same([following(forAda.json), following(forBob.json)], [true, false]);
  const etag = forAda.headers.get('etag') ?? '';
  t.equal(
    (await bob.call.get('/articles?author=ines', { 'if-none-match': etag })).status,
    200,
    "not another's ETag",
  );
});

test('another comment by somebody who is there already costs its readers no statement for their marks', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...MANY_LOGINS };
  const { origin } = await startSteadfast(t, environment);
  const [writer, reader] = await Promise.all([register(origin), register(origin)]);
  await reader.call.post(`/profiles/${writer.username}/follow`);
  const comments = '/articles/the-pager-is-a-promise/comments';
  const write = (body: string) => writer.call.post(comments, { comment: { body } });
  await write('first');
  await reader.call.get(comments);
  const known = await statementsOf(origin, 'marks.of_viewer');
  for (const body of ['second', 'third']) {
    await write(body);
    const { json } = await reader.call.get(comments);
    t.equal(json.comments[0].body, body);
    const own = json.comments.filter(
      ({ author }: { author: { username: string } }) => author.username === writer.username,
    );
    t.ok(own.every(({ author }: { author: { following: boolean } }) => author.following));
  }
  t.equal(await statementsOf(origin, 'marks.of_viewer'), known);
});
