import { test } from 'tap';
import { logIn, PASSWORD, publish, register } from '../support/api.ts';
import { operationsOf } from '../support/documented.ts';
import { documentedApi, pathOf } from '../support/documented-answers.ts';
import { testEnvironment } from '../support/environment.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const BLOG = /^\/api\/(?!monitoring)/;
const MONITORING = [
  '/health/ping',
  '/livez',
  '/readyz',
  '/health',
  '/health/database',
  '/api/monitoring/database/health',
  '/api/monitoring/errors',
  '/api/monitoring/performance',
  '/metrics',
];

/** Everything but 429 and 503, which have servers of their own below. */
const EVERY_DAY = [200, 201, 204, 304, 400, 401, 403, 404, 409, 412, 413, 415, 422];

test('every answer that the docs name is given, and is as they describe it, with no member too many', async (t) => {
  const environment = await testEnvironment(t);
  await sql(
    environment.DATABASE_URL,
    `insert into users (username, email, password_hash) values ('bare', 'b@x', '!')`,
  );
  const { origin } = await startSteadfast(t, { ...environment, BODY_LIMIT_BYTES: '2048' });
  const docs = await documentedApi(origin);
  const { ask, api, openapi } = docs;
  const operations = operationsOf(openapi);
  const token = await register(api, 'ada');
  const others = await register(api, 'grace');
  const slug = await publish(api, token, 'What the docs say');
  const at = `/api/articles/${slug}`;

  t.test('accounts', async (t) => {
    const user = { username: 'mary', email: 'mary@example.com', password: PASSWORD };
    await ask(t, 'POST /api/users', '/api/users', 201, { body: { user } });
    await ask(t, 'POST /api/users', '/api/users', 409, { body: { user } });
    await ask(t, 'POST /api/users/login', '/api/users/login', 200, { body: { user } });
    const wrong = { user: { ...user, password: 'wrong' } };
    await ask(t, 'POST /api/users/login', '/api/users/login', 401, { body: wrong });
    await ask(t, 'GET /api/user', '/api/user', 200, { token });
    await ask(t, 'PUT /api/user', '/api/user', 200, { token, body: { user: { bio: 'Counts.', image: 'x' } } });
    await ask(t, 'PUT /api/user', '/api/user', 409, { token, body: { user: { username: 'MARY' } } });
  });

  t.test('reading', async (t) => {
    for (const call of [{}, { token }]) {
      await ask(t, 'GET /api/tags', '/api/tags', 200, call);
      await ask(t, 'GET /api/articles', '/api/articles?limit=3', 200, call);
      await ask(t, 'GET /api/articles', '/api/articles?tag=no-such-tag', 200, call);
      await ask(t, 'GET /api/articles/{slug}', at, 200, call);
      await ask(t, 'GET /api/articles/{slug}/comments', '/api/articles/the-pager-is-a-promise/comments', 200, call);
      for (const name of ['tom', 'bare'])
        await ask(t, 'GET /api/profiles/{username}', `/api/profiles/${name}`, 200, call);
    }
    for (const query of ['limit=x', 'tag=%00', 'offset=1&offset=2', 'cursor=1'])
      await ask(t, 'GET /api/articles', `/api/articles?${query}`, 422);
    await ask(t, 'GET /api/articles/feed', '/api/articles/feed', 200, { token });
    await ask(t, 'GET /api/articles/feed', '/api/articles/feed?limit=-1', 422, { token });
    for (const path of MONITORING) await ask(t, `GET ${path}`, path, 200);
  });

  t.test('writing', async (t) => {
    const article = { title: 'Another', description: 'd', body: 'b' };
    await ask(t, 'POST /api/articles', '/api/articles', 201, { token, body: { article } });
    const put = 'PUT /api/articles/{slug}';
    await ask(t, put, at, 200, { token, body: { article: { body: 'new' } } });
    await ask(t, put, at, 403, { token: others, body: { article: { body: 'new' } } });
    const headers = { 'if-match': '"old"' };
    await ask(t, put, at, 412, { token, headers, body: { article: { body: 'new' } } });
    for (const method of ['POST', 'DELETE']) {
      await ask(t, `${method} /api/articles/{slug}/favorite`, `${at}/favorite`, 200, { token });
      await ask(t, `${method} /api/profiles/{username}/follow`, '/api/profiles/tom/follow', 200, { token });
    }
    await ask(t, 'POST /api/profiles/{username}/follow', '/api/profiles/ada/follow', 422, { token });
    const comments = '/api/articles/{slug}/comments';
    const { json } = await ask(t, `POST ${comments}`, `${at}/comments`, 201, {
      token,
      body: { comment: { body: 'Well.' } },
    });
    const comment = `${at}/comments/${json.comment.id}`;
    await ask(t, `DELETE ${comments}/{id}`, comment, 403, { token: others });
    await ask(t, `DELETE ${comments}/{id}`, comment, 204, { token });
    await ask(t, 'DELETE /api/articles/{slug}', at, 403, { token: others });
    await ask(t, 'DELETE /api/articles/{slug}', at, 412, { token, headers });
    await ask(t, 'DELETE /api/articles/{slug}', at, 204, { token });
  });

  t.test('what any route of its kind refuses', async (t) => {
    for (const { method, route, operation } of operations.filter(({ route }) => BLOG.test(route))) {
      const name = `${method} ${route}`;
      const body = { user: {}, article: { title: 't' }, comment: { body: 'c' } };
      const call = { token, ...(operation.requestBody !== undefined && { body }) };
      if (route.includes('{')) {
        await ask(t, name, pathOf(route), 404, call);
        await ask(t, name, pathOf(route, '%zz'), 400, call);
      }
      if (operation.security !== undefined) await ask(t, name, pathOf(route), 401, { ...call, token: 'x' });
      if (operation.responses[304] !== undefined) {
        const path = pathOf(route, route.includes('slug') ? 'the-pager-is-a-promise' : 'tom');
        await ask(t, name, path, 304, { token, headers: { 'if-none-match': '*' } });
      }
      if (method !== 'GET') {
        await ask(t, name, pathOf(route), 400, { token, body: '{' });
        await ask(t, name, pathOf(route), 413, { token, body: 'x'.repeat(3000) });
        await ask(t, name, pathOf(route), 415, { token, body: 'x', headers: { 'content-type': 'text/plain' } });
      }
      if (operation.requestBody !== undefined) await ask(t, name, pathOf(route), 422, { token, body: {} });
    }
  });

  t.test('and nothing that the docs name was left out', async (t) => {
    t.same(docs.unseen(BLOG, EVERY_DAY), []);
  });
});

test('the docs describe a 429 of every route', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, {
    ...environment,
    TRUST_PROXY: 'true',
    RATE_LIMIT_PER_MINUTE: '1',
  });
  const docs = await documentedApi(origin);
  for (const { method, route, operation } of operationsOf(docs.openapi)) {
    if (!BLOG.test(route)) continue;
    const call = { headers: { 'x-forwarded-for': '203.0.113.9' }, ...(operation.requestBody && { body: {} }) };
    // The window may end in between: then this one was the first of the next.
    const { status } = await docs.api(method, pathOf(route), call);
    if (status !== 429) await docs.api(method, pathOf(route), call);
    await docs.ask(t, `${method} ${route}`, pathOf(route), 429, call);
  }
});

test('the docs describe the answers of a bad day too', async (t) => {
  const environment = await testEnvironment(t);
  const secret = { JWT_SECRET: 'a key that both of these servers know' };
  const well = await startSteadfast(t, { ...environment, ...secret });
  const { json } = await logIn((await documentedApi(well.origin)).api, 'tom@example.com', 'steadfast-sample');
  const { origin } = await startSteadfast(t, {
    ...secret,
    DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/nowhere',
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  const docs = await documentedApi(origin);
  const body = {
    user: { username: 'u', email: 'u@example.com', password: PASSWORD },
    article: { title: 't', description: 'd', body: 'b' },
    comment: { body: 'c' },
  };
  for (const { method, route, operation } of operationsOf(docs.openapi)) {
    const call = { token: json.user.token, ...(operation.requestBody !== undefined && { body }) };
    const lives = /ping|livez|performance|errors|metrics/.test(route);
    await docs.ask(t, `${method} ${route}`, pathOf(route), lives ? 200 : 503, call);
  }
});
