import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { as, caller, MANY_LOGINS, ONE_SERVICE, publish, register } from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { holdTable, untilSomebodyWaits } from '../support/table-locks.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const article = (title: string) => ({ article: { title, description: 'd', body: 'b', tagList: ['kept'] } });
const comment = (body: string) => ({ comment: { body } });
const withKey = (key: string) => ({ 'idempotency-key': key });

async function count(url: string, table: 'articles' | 'comments', column: string, value: string): Promise<number> {
  const [row] = await sql<{ count: number }>(url, `select count(*)::int from ${table} where ${column} = $1`, [
    value,
  ]);
  return row?.count ?? Number.NaN;
}

test('a POST with an Idempotency-Key may be repeated', async (t) => {
  const environment = {
    ...(await testEnvironment(t)),
    ...MANY_LOGINS,
    DB_QUEUE_MAX: '200',
    DB_QUEUE_TIMEOUT_MS: '30000',
  };
  const url = environment.DATABASE_URL;
  const { origin } = await startSteadfast(t, environment);
  const [{ call }, other] = await Promise.all([register(origin), register(origin)]);
  const path = `/articles/${await publish(call)}/comments`;

  for (const [what, to, body, table, column] of [
    ['article', '/articles', article, 'articles', 'title'],
    ['comment', path, comment, 'comments', 'body'],
  ] as const) {
    t.test(`20 of them at once make one ${what} and are answered alike`, async (t) => {
      const [key, text] = [randomUUID(), `once ${randomUUID()}`];
      const answers = await Promise.all(Array.from({ length: 20 }, () => call.post(to, body(text), withKey(key))));
      t.same([...new Set(answers.map(({ status }) => status))], [201]);
      t.equal(new Set(answers.map((answer) => answer.text)).size, 1, 'identical answers');
      t.equal(await count(url, table, column, text), 1);
      t.equal((await call.post(to, body(text), withKey(key))).text, answers[0]?.text, 'later, too');
    });

    t.test(`another ${what} under the same key is refused, and under another key or none it is new`, async (t) => {
      const [key, text] = [randomUUID(), `first ${randomUUID()}`];
      t.equal((await call.post(to, body(text), withKey(key))).status, 201);
      const refused = await call.post(to, body(`not ${text}`), withKey(key));
      t.equal(refused.status, 422);
      t.same(Object.keys(refused.json.errors), ['Idempotency-Key']);
      t.equal(await count(url, table, column, `not ${text}`), 0);
      for (const headers of [withKey(randomUUID()), {}])
        t.equal((await call.post(to, body(text), headers)).status, 201);
      t.equal(
        (await other.call.post(to, body(text), withKey(key))).status,
        201,
        "another person's key is another key",
      );
      t.equal(await count(url, table, column, text), 4);
    });
  }

  t.test('a request that was refused keeps no key', async (t) => {
    const key = randomUUID();
    t.equal((await call.post('/articles/nowhere/comments', comment('x'), withKey(key))).status, 404);
    t.equal((await call.post('/articles', article(''), withKey(key))).status, 422);
    t.equal((await call.post('/articles', article('  '), withKey(key))).status, 422);
    t.equal((await call.post('/articles', article('good'), withKey(key))).status, 201);
    for (const bad of ['', 'x'.repeat(256)]) {
      const { status, json } = await call.post('/articles', article('bad key'), withKey(bad));
      t.equal(status, 422, `a key of ${bad.length} characters`);
      t.same(Object.keys(json.errors), ['Idempotency-Key']);
    }
    t.equal(await count(url, 'articles', 'title', 'bad key'), 0);
  });
});

test('an answer that the network lost can be had by repeating the request', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...MANY_LOGINS };
  const { origin, port } = await startSteadfast(t, environment);
  const { call } = await register(origin);
  const proxy = await tcpProxy(t, port);
  const key = randomUUID();
  const title = `lost ${key}`;
  // The request gets through, its answer is held back for longer than anybody waits.
  proxy.set({ delayMs: 300 });
  const lost = call.at(`http://127.0.0.1:${proxy.port}`).post('/articles', article(title), withKey(key));
  const failed = lost.then(
    () => false,
    () => true,
  );
  await until(
    'it is committed',
    async () => (await count(environment.DATABASE_URL, 'articles', 'title', title)) === 1,
  );
  proxy.set('reset');
  t.ok(await failed, 'the client never heard of it');
  const { status, json } = await call.post('/articles', article(title), withKey(key));
  t.equal(status, 201);
  t.equal(json.article.title, title);
  t.equal((await caller(origin).get(`/articles/${json.article.slug}`)).json.article.title, title);
  t.equal(await count(environment.DATABASE_URL, 'articles', 'title', title), 1);
});

test('a server killed under a burst of keyed POSTs: repeated, each makes exactly one', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...MANY_LOGINS, ...ONE_SERVICE, DB_QUEUE_MAX: '500' };
  const url = environment.DATABASE_URL;
  const steadfast = await startSteadfast(t, environment);
  const { token } = await register(steadfast.origin);
  const path = `/articles/${await publish(as(steadfast.origin, token))}/comments`;
  const run = randomUUID();
  const keys = Array.from({ length: 200 }, (_, index) => `${run}-${index}`);
  // Two of them, so that most of the pool is left to those that commit while these wait.
  const isComment = (key: string) => key.endsWith('25');
  const post = (origin: string, key: string) => {
    const call = as(origin, token);
    return isComment(key)
      ? call.post(path, comment(key), withKey(key))
      : call.post('/articles', article(key), withKey(key));
  };
  const written = async () => {
    const [row] = await sql<{ count: number }>(
      url,
      `select ((select count(*) from articles where title like $1) + (select count(*) from comments where body like $1))::int
         as count`,
      [`${run}%`],
    );
    return row?.count ?? 0;
  };
  // However slow the machine is to look, somebody has no answer yet when the server is killed.
  const letGo = await holdTable(t, url, { table: 'comments', mode: 'share' });
  const burst = keys.map((key) =>
    post(steadfast.origin, key).then(
      ({ status, text }) => ({ key, status, text }),
      () => ({ key, status: 0, text: '' }),
    ),
  );
  await until('some are written', async () => (await written()) >= 10);
  await untilSomebodyWaits(url);
  steadfast.process.kill('SIGKILL');
  const before = await Promise.all(burst);
  await steadfast.ended;
  await letGo();
  const answered = before.filter(({ status }) => status === 201);
  const committed = await written();
  t.ok(committed >= answered.length, `${committed} were written, ${answered.length} of them answered`);
  t.ok(
    before.some(({ status }) => status === 0),
    'some lost their answer',
  );

  const { origin } = await startSteadfast(t, environment);
  for (const { key, status, text } of before) {
    const repeated = await post(origin, key);
    t.equal(repeated.status, 201, key);
    if (status === 201) t.equal(repeated.text, text, 'whoever was answered is answered the same');
  }
  t.equal(await written(), keys.length);
  for (const key of keys) {
    const [table, column] = isComment(key) ? (['comments', 'body'] as const) : (['articles', 'title'] as const);
    if ((await count(url, table, column, key)) !== 1) t.fail(`${key} is not there exactly once`);
  }
});
