import { test } from 'tap';
import { publish, register } from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, request } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { sendRaw } from '../support/raw-http.ts';
import { startSteadfast } from '../support/steadfast.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

test('what cannot be answered is refused with problem details', async (t) => {
  const environment = await testEnvironment(t);
  const { origin, port } = await startSteadfast(t, { ...environment, BODY_LIMIT_BYTES: '2048' });
  const post = (path: string, body: string | Buffer | undefined, headers: Record<string, string> = JSON_TYPE) =>
    request(origin, path, { method: 'POST', headers, ...(body !== undefined && { body }) });

  t.test('an unknown path is a 404 that names the route', async (t) => {
    for (const path of [
      '/nowhere',
      '/api',
      '/api/',
      '/api/nowhere',
      '/api/articles/a/b',
      '/api//tags',
      '/docs/static/x.js',
    ]) {
      const answer = await get(origin, path);
      isProblem(t, answer, 404, 'not-found', ['route']);
      t.equal(answer.json.instance, path);
    }
  });

  t.test('instance is the path without the query, and requestId that of the header', async (t) => {
    const answer = await get(origin, '/nowhere?secret=hunter2');
    t.equal(answer.json.instance, '/nowhere');
    t.equal(answer.json.requestId, answer.headers.get('x-request-id'));
    t.notMatch(answer.text, /hunter2/);
  });

  t.test('nobody keeps a refusal', async (t) => {
    for (const path of ['/nowhere', '/api/articles?limit=x', '/api/articles/nowhere']) {
      t.equal((await get(origin, path)).headers.get('cache-control'), 'no-store');
    }
  });

  t.test('a method that a path does not have is refused', async (t) => {
    for (const path of [
      '/api/tags',
      '/health',
      '/metrics',
      '/docs',
      '/api/articles/the-pager-is-a-promise/comments/1/',
    ]) {
      for (const method of ['PATCH', 'DELETE', 'PROPFIND', 'SEARCH']) {
        isProblem(t, await request(origin, path, { method }), 404, 'not-found', ['route']);
      }
    }
  });

  t.test('malformed JSON is a 400 that names the body, wherever it is sent', async (t) => {
    for (const path of ['/api/nowhere', '/api/tags', '/nowhere']) {
      for (const body of [
        '{',
        '',
        '{"a":1,}',
        "{'a':1}",
        '{"a":1}}',
        'null,',
        '\u0000',
        '\ufeff\ufeff{}',
        'undefined',
      ]) {
        isProblem(t, await post(path, body), 400, 'malformed-request', ['body']);
      }
    }
  });

  t.test('a body that is not UTF-8 is a 400 that says so: nothing else is kept in its place', async (t) => {
    const { call, token } = await register(origin);
    const path = `/api/articles/${await publish(call)}/comments`;
    const authorization = `Token ${token}`;
    for (const bytes of ['ff', 'c3', 'c0af', 'eda080', 'e9']) {
      const body = Buffer.concat([
        Buffer.from('{"comment":{"body":"'),
        Buffer.from(bytes, 'hex'),
        Buffer.from('"}}'),
      ]);
      const answer = await post(path, body, { ...JSON_TYPE, authorization });
      isProblem(t, answer, 400, 'malformed-request', ['body']);
      t.match(answer.json.detail, /UTF-8/);
    }
    const latin = { 'content-type': 'application/json; charset=latin1', authorization };
    t.equal((await post(path, '{"comment":{"body":"é"}}', latin)).json.comment.body, 'é', 'as RFC 8259 has it');
    t.equal((await get(origin, path)).json.comments.length, 1);
  });

  t.test('JSON that would poison objects is refused like malformed JSON', async (t) => {
    for (const body of ['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}']) {
      isProblem(t, await post('/api/nowhere', body), 400, 'malformed-request', ['body']);
    }
  });

  t.test('a body larger than BODY_LIMIT_BYTES is a 413 that says the limit', async (t) => {
    const tooLarge = JSON.stringify({ a: 'x'.repeat(2048) });
    const answer = await post('/api/tags', tooLarge);
    isProblem(t, answer, 413, 'body-too-large', ['body']);
    t.match(answer.json.detail, /2048 bytes/);
    const head =
      'POST /api/tags HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked';
    const chunks = `400\r\n${'x'.repeat(0x400)}\r\n`.repeat(3);
    isProblem(t, await sendRaw(port, `${head}\r\n\r\n${chunks}0\r\n\r\n`), 413, 'body-too-large', ['body']);
    isProblem(t, await post('/api/tags', JSON.stringify('x'.repeat(2046))), 404, 'not-found', ['route']);
  });

  t.test('a media type that is none is a 415, and any other does not hide that the route is missing', async (t) => {
    for (const type of ['nonsense', 'json', '/', 'application/', 'text; html']) {
      const answer = await post('/api/tags', 'a=1', { 'content-type': type });
      isProblem(t, answer, 415, 'unsupported-media-type', ['body']);
    }
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonx']) {
      isProblem(t, await post('/api/tags', 'a=1', { 'content-type': type }), 404, 'not-found', ['route']);
    }
  });

  t.test('percent-encoding that cannot be decoded is a 400 that names the path', async (t) => {
    for (const path of [
      '/api/articles/%zz',
      '/api/articles/%',
      '/%E0%A4%A',
      '/api/profiles/%ff',
      '/api/articles/%C0%80/comments',
    ]) {
      const answer = await get(origin, path);
      isProblem(t, answer, 400, 'malformed-request', ['path']);
      t.equal(answer.json.requestId, answer.headers.get('x-request-id'));
    }
  });

  t.test('and it answers others as before', async (t) => {
    t.equal((await get(origin, '/api/tags')).status, 200);
  });
});

test('a long list of what is wrong is refused in few words', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));
  const { call } = await register(origin);
  const article = (tagList: unknown[]) => ({ article: { title: 'T', description: 'd', body: 'b', tagList } });
  for (const [items, words] of [
    [50, ["can't be blank"]],
    [1000, ['must NOT have more than 50 items', "can't be blank"]],
    [1001, ['has too many items']],
    [300_000, ['has too many items']],
  ] as const) {
    const answer = await call.post('/articles', article(Array.from({ length: items }, () => '')));
    isProblem(t, answer, 422, 'invalid-request', ['tagList']);
    t.same(answer.json.errors.tagList, words, `${items} items`);
  }
  const lists = article([Array.from({ length: 300_000 }, () => 1)]);
  t.same((await call.post('/articles', lists)).json.errors.tagList, ['has too many items'], 'a list in the list');
});

test('a schema that is missing is a 503 on the API that says what to type', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t, 'empty'));
  for (const path of ['/api/tags', '/api/articles?limit=x', '/api/articles/%00']) {
    const answer = await get(origin, path);
    isProblem(t, answer, 503, 'schema-invalid', ['schema']);
    t.match(answer.json.detail, /npm run migrate/);
    t.ok(Number(answer.headers.get('retry-after')) > 0);
  }
});

test('a database that cannot be reached is a 503 that tells nothing about it', async (t) => {
  const { origin } = await startSteadfast(t, {
    DATABASE_URL: 'postgres://someone:secret-word@127.0.0.1:1/anything',
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  const answer = await get(origin, '/api/tags');
  isProblem(t, answer, 503, 'database-unavailable', ['database']);
  t.ok(Number(answer.headers.get('retry-after')) > 0);
  t.notMatch(answer.text, /127\.0\.0\.1|secret-word|someone|anything/);
});
