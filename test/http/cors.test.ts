import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, request } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

const preflight = (
  origin: string,
  path: string,
  from: string,
  method: string,
  headers = 'authorization,content-type',
) =>
  request(origin, path, {
    method: 'OPTIONS',
    headers: {
      origin: from,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  });

/** What front ends need: where an answer is from, the next page, what is left of a limit, whose marks it shows. */
const EXPOSED = [
  'age',
  'cache-status',
  'etag',
  'link',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'viewer-marks',
  'x-request-id',
];

const listed = (value: string | null) => (value ?? '').toLowerCase().split(/\s*,\s*/);

test('a front end at any other origin may use the API', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));

  t.test('with the Authorization header and every method of the contract, says the preflight', async (t) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      for (const path of ['/api/articles', '/api/articles/any/favorite', '/api/user']) {
        const { status, text, headers } = await preflight(origin, path, 'http://front.example', method);
        t.equal(status, 204);
        t.equal(text, '');
        t.equal(headers.get('access-control-allow-origin'), '*');
        t.ok(listed(headers.get('access-control-allow-methods')).includes(method.toLowerCase()), method);
        t.ok(listed(headers.get('access-control-allow-headers')).includes('authorization'));
        t.ok(listed(headers.get('access-control-allow-headers')).includes('content-type'));
        t.ok(Number(headers.get('access-control-max-age')) > 0, 'and it need not ask each time');
      }
    }
  });

  t.test('and may read answers and refusals, and the headers that say where they come from', async (t) => {
    for (const path of ['/api/tags', '/api/articles/nowhere', '/api/articles?limit=x', '/nowhere']) {
      const { headers } = await get(origin, path, { origin: 'http://front.example' });
      t.equal(headers.get('access-control-allow-origin'), '*', path);
      const exposed = listed(headers.get('access-control-expose-headers'));
      for (const name of EXPOSED) t.ok(exposed.includes(name), name);
    }
  });

  t.test('an OPTIONS that is no preflight is answered without an error', async (t) => {
    t.equal((await request(origin, '/api/articles', { method: 'OPTIONS' })).status, 204);
  });
});

test('CORS_ORIGINS names the only origins that may', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, {
    ...environment,
    CORS_ORIGINS: 'https://blog.example, http://localhost:4200',
  });

  t.test('these are told so, each by its own name', async (t) => {
    for (const from of ['https://blog.example', 'http://localhost:4200']) {
      const asked = await preflight(origin, '/api/articles', from, 'PUT');
      t.equal(asked.status, 204);
      t.equal(asked.headers.get('access-control-allow-origin'), from);
      const { headers } = await get(origin, '/api/tags', { origin: from });
      t.equal(headers.get('access-control-allow-origin'), from);
      t.ok(listed(headers.get('vary')).includes('origin'), 'caches keep the answers apart');
    }
  });

  t.test('others are told nothing', async (t) => {
    for (const from of [
      'https://evil.example',
      'https://blog.example.evil.example',
      'http://blog.example',
      'https://blog.example:444',
      'null',
    ]) {
      const asked = await preflight(origin, '/api/articles', from, 'PUT');
      t.equal(asked.headers.get('access-control-allow-origin'), null, from);
      const { status, headers } = await get(origin, '/api/tags', { origin: from });
      t.equal(status, 200, 'it is for the browser to keep it from the page');
      t.equal(headers.get('access-control-allow-origin'), null, from);
      t.ok(listed(headers.get('vary')).includes('origin'));
    }
  });

  t.test('who comes from nowhere, like curl, is served', async (t) => {
    t.equal((await get(origin, '/api/tags')).status, 200);
  });
});
