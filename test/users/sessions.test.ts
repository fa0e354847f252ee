import { test } from 'tap';
import { Tokens } from '../../src/http/tokens.ts';
import { apiOf, logIn, PASSWORD, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { sum } from '../support/samples.ts';
import { sql } from '../support/shared-servers.ts';
import { countStatements } from '../support/statement-counter.ts';
import { startSteadfast } from '../support/steadfast.ts';

const JWT_SECRET = 'a key that all of these servers know';

test('a new password ends the sessions of before, on every server', async (t) => {
  const environment = { ...(await testEnvironment(t)), JWT_SECRET };
  const [one, other] = (await Promise.all([startSteadfast(t, environment), startSteadfast(t, environment)])).map(
    ({ origin }) => apiOf(origin),
  );
  if (one === undefined || other === undefined) throw new Error('two servers were started');
  const first = await register(one, 'ada');
  const bystander = await register(one, 'grace');
  const second = (await logIn(other, 'ada@example.com', PASSWORD)).json.user.token;
  const status = async (api: typeof one, token: string) =>
    (await api('GET', '/api/articles/feed', { token })).status;
  for (const api of [one, other]) for (const token of [first, second]) t.equal(await status(api, token), 200);

  const answer = await one('PUT', '/api/user', { token: first, body: { user: { password: 'another password' } } });
  t.equal(answer.status, 200);
  const fresh = answer.json.user.token;

  t.test('at once where it was changed', async (t) => {
    t.equal(await status(one, first), 401);
    t.equal(await status(one, second), 401);
    const { json } = await one('GET', '/api/user', { token: first });
    t.same(json.errors, { token: ['is invalid'] });
  });

  t.test('soon everywhere else', async (t) => {
    const ms = await until('the others refuse it', async () => (await status(other, second)) === 401);
    t.ok(ms < 5000, `${ms} ms`);
    t.equal(await status(other, first), 401);
  });

  t.test('the answer brings a token that works, and so does a login', async (t) => {
    t.not(fresh, first);
    for (const api of [one, other]) t.equal(await status(api, fresh), 200);
    const again = await logIn(other, 'ada@example.com', 'another password');
    t.equal(await status(one, again.json.user.token), 200);
    t.equal((await logIn(one, 'ada@example.com', PASSWORD)).status, 401);
  });

  t.test('and other people, and other changes, end nothing', async (t) => {
    t.equal(await status(one, bystander), 200);
    const { json } = await one('PUT', '/api/user', {
      token: fresh,
      body: { user: { bio: 'new', username: 'ada2' } },
    });
    t.equal(json.user.token, fresh);
    for (const api of [one, other]) t.equal(await status(api, fresh), 200);
  });
});

test('the session of an account that was deleted ends soon', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, CACHE_FRESH_MS: '300' });
  const api = apiOf(origin);
  const token = await register(api, 'ada');
  t.equal((await api('GET', '/api/articles/feed', { token })).status, 200);
  await sql(environment.DATABASE_URL, `delete from users where username = 'ada'`);
  await until(
    'it is refused',
    async () => (await api('GET', '/api/articles/feed', { token })).status === 401,
    5000,
  );
  for (const [method, path, body] of [
    ['GET', '/api/user', undefined],
    ['PUT', '/api/user', { user: { bio: 'x' } }],
    ['POST', '/api/articles', { article: { title: 't', description: 'd', body: 'b' } }],
    ['POST', '/api/articles/the-pager-is-a-promise/favorite', undefined],
  ] as const) {
    const { status, json } = await api(method, path, { token, body });
    t.equal(status, 401, `${method} ${path}`);
    t.same(json.errors, { token: ['is invalid'] });
  }
});

test('in the moment before that is noticed, what it writes is refused, too', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, CACHE_FRESH_MS: '60000' });
  const api = apiOf(origin);
  const token = await register(api, 'ada');
  t.equal((await api('GET', '/api/articles/feed', { token })).status, 200);
  await sql(environment.DATABASE_URL, `delete from users where username = 'ada'`);
  const article = { title: 't', description: 'd', body: 'b' };
  for (const [method, path, body] of [
    ['GET', '/api/user', undefined],
    ['POST', '/api/articles', { article }],
    ['POST', '/api/articles/the-pager-is-a-promise/favorite', undefined],
    ['POST', '/api/articles/the-pager-is-a-promise/comments', { comment: { body: 'c' } }],
    ['POST', '/api/profiles/tom/follow', undefined],
    ['PUT', '/api/user', { user: { bio: 'x' } }],
  ] as const) {
    const { status, json } = await api(method, path, { token, body });
    t.equal(status, 401, `${method} ${path}`);
    t.same(json.errors, { token: ['is invalid'] });
  }
});

test('looking at a token asks neither PostgreSQL nor Redis on the hot path', async (t) => {
  const environment = await testEnvironment(t);
  const counter = await countStatements(t, environment.DATABASE_URL);
  const { origin } = await startSteadfast(t, { ...environment, DATABASE_URL: counter.url });
  const api = apiOf(origin);
  const token = await register(api, 'ada');
  const paths = [
    '/api/articles',
    '/api/articles/feed',
    '/api/articles/the-pager-is-a-promise',
    '/api/profiles/tom',
  ];
  for (const path of paths) await api('GET', path, { token });
  const asked = async () => ({
    statements: counter.roundTrips.length,
    sessions: counter.roundTrips.filter((name) => name === 'users.token_version').length,
    redis: await sum(origin, 'cache_requests_total', { cache: 'redis' }),
  });
  const before = await asked();
  t.equal(before.sessions, 1, 'once, to begin with');
  t.ok(before.redis !== undefined && before.redis > 0, 'look-ups in Redis are counted');
  for (let reads = 0; reads < 50; reads += 1) {
    const { status } = await api('GET', paths[reads % paths.length] ?? '', { token });
    if (status !== 200) t.fail(`${status}`);
  }
  t.same(await asked(), before);
});

test('a token of a newer version than a server has heard of is asked about', async (t) => {
  const environment = { ...(await testEnvironment(t)), JWT_SECRET };
  // What one of them announces does not reach the other.
  const deaf = { ...environment, REDIS_KEY_PREFIX: `${environment.REDIS_KEY_PREFIX}-deaf` };
  const one = apiOf((await startSteadfast(t, environment)).origin);
  const other = apiOf((await startSteadfast(t, deaf)).origin);
  const before = await register(one, 'newer');
  t.equal((await other('GET', '/api/user', { token: before })).status, 200);
  const answer = await one('PUT', '/api/user', { token: before, body: { user: { password: 'another password' } } });
  const fresh = answer.json.user.token;
  t.equal((await other('GET', '/api/articles/feed', { token: fresh })).status, 200);
  t.equal((await other('POST', '/api/profiles/tom/follow', { token: fresh })).status, 200);

  const article = '/api/articles/the-pager-is-a-promise';
  for (let reads = 0; reads < 3; reads += 1) t.equal((await other('GET', article, { token: fresh })).status, 200);
  const next = await one('PUT', '/api/user', { token: fresh, body: { user: { password: 'yet another one' } } });
  t.equal(next.status, 200);
  t.equal((await other('GET', article, { token: fresh })).status, 401, 'what it was answered is not given again');

  const [account] = await sql<{ id: string }>(
    environment.DATABASE_URL,
    "select id from users where username = 'newer'",
  );
  const ahead = new Tokens({ secret: JWT_SECRET, previousSecret: undefined, ttlSeconds: 60 });
  const token = ahead.issue({ userId: String(account?.id), version: 3 });
  t.equal((await other('GET', '/api/user', { token })).status, 401, 'nobody has issued that one');
});
