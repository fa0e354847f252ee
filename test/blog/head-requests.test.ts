import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, request } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** These change from one answer to the next, whatever the method. */
const OWN = ['date', 'x-request-id', 'age', 'cache-status', 'connection', 'keep-alive'];

test('HEAD answers what GET answers, without the body', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));
  const paths = {
    '/api/articles': 200,
    '/api/articles?tag=cooking&author=oskar': 200,
    '/api/articles/the-pager-is-a-promise': 200,
    '/api/articles/the-pager-is-a-promise/comments': 200,
    '/api/profiles/ines': 200,
    '/api/tags': 200,
    '/health/ping': 200,
    '/health': 200,
    '/api/articles/nowhere': 404,
    '/api/articles?limit=x': 422,
    '/nowhere': 404,
  };
  for (const [path, status] of Object.entries(paths)) {
    t.test(path, async (t) => {
      const whole = await get(origin, path);
      const head = await request(origin, path, { method: 'HEAD' });
      t.equal(head.status, status);
      t.equal(whole.status, status);
      t.equal(head.text, '');
      for (const [name, value] of whole.headers) {
        // The length of a body that names its request or the time, or whose words name the method, is its own.
        if (OWN.includes(name) || (name === 'content-length' && status !== 200)) continue;
        t.equal(head.headers.get(name), value, name);
      }
    });
  }

  t.test('and understands If-None-Match', async (t) => {
    const etag = (await get(origin, '/api/tags')).headers.get('etag') ?? '';
    const { status } = await request(origin, '/api/tags', { method: 'HEAD', headers: { 'if-none-match': etag } });
    t.equal(status, 304);
  });
});
