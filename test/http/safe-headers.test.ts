import { test } from 'tap';
import { apiOf, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** What helmet sets, and what for: https://helmetjs.github.io */
const SAFE: Record<string, RegExp> = {
  'content-security-policy': /^default-src 'none';\s*frame-ancestors 'none'$/,
  'cross-origin-resource-policy': /^cross-origin$/,
  'strict-transport-security': /^max-age=\d{7,}/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^SAMEORIGIN$/,
};

/** What is heeded in a page only. */
const SAFE_PAGE: Record<string, RegExp> = {
  'cross-origin-opener-policy': /^same-origin$/,
  'referrer-policy': /^no-referrer$/,
};

test('every answer has the headers that keep browsers from mischief', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));
  const api = apiOf(origin);
  const CALLS = [
    ['GET', '/api/tags'],
    ['GET', '/api/articles?limit=x'],
    ['GET', '/api/articles/nowhere'],
    ['GET', '/api/user'],
    ['POST', '/api/users/login'],
    ['HEAD', '/api/articles'],
    ['GET', '/nowhere'],
    ['GET', '/health'],
    ['GET', '/metrics'],
  ] as const;
  for (const [method, path] of CALLS) {
    t.test(`${method} ${path}`, async (t) => {
      const { headers } = await api(method, path);
      for (const [name, value] of Object.entries(SAFE)) t.match(headers.get(name), value, name);
      t.notOk(headers.has('x-powered-by') || headers.has('server'), 'and does not say what it is made of');
    });
  }

  t.test('/docs has a policy of its own, under which the page works', async (t) => {
    for (const path of ['/docs', '/docs/static/index.css', '/docs/static/swagger-ui-bundle.js']) {
      const { status, headers } = await api('GET', path);
      t.equal(status, 200, path);
      const policy = headers.get('content-security-policy') ?? '';
      for (const directive of [
        `default-src 'self'`,
        `script-src 'self'`,
        `style-src 'self'`,
        `img-src 'self' data:`,
      ])
        t.ok(policy.includes(directive), `${path}: ${directive}`);
      t.notMatch(policy, /default-src 'none'/);
      t.equal(headers.get('x-content-type-options'), 'nosniff');
      if (path !== '/docs') continue;
      for (const [name, value] of Object.entries(SAFE_PAGE)) t.match(headers.get(name), value, name);
    }
  });

  t.test('so has the live page', async (t) => {
    const { headers } = await api('GET', '/status');
    for (const [name, value] of Object.entries(SAFE_PAGE)) t.match(headers.get(name), value, name);
  });

  t.test('answers with a token in them are kept by nobody', async (t) => {
    const token = await register(api, 'ada');
    const user = { email: 'ada@example.com', password: 'correct horse battery' };
    const answers = [
      await api('POST', '/api/users/login', { body: { user } }),
      await api('GET', '/api/user', { token }),
      await api('PUT', '/api/user', { token, body: { user: { bio: 'b' } } }),
    ];
    for (const { status, headers } of answers) {
      t.equal(status, 200);
      t.equal(headers.get('cache-control'), 'no-store');
    }
  });
});
