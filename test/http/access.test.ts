import Fastify from 'fastify';
import { test } from 'tap';
import { authentication } from '../../src/http/authentication.ts';
import { routeConfig } from '../../src/http/route-config.ts';
import { Tokens } from '../../src/http/tokens.ts';
import { apiOf } from '../support/api.ts';
import { type OpenApi, operationsOf } from '../support/documented.ts';
import { pathOf } from '../support/documented-answers.ts';
import { testEnvironment } from '../support/environment.ts';
import { isProblem } from '../support/problems.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** Whatever else is wrong with a request: who is not logged in hears that, and nothing about the rest. */
const GARBAGE = [
  {},
  { body: '{"article":' },
  { body: '{}' },
  { body: 'x'.repeat(2_000_000) },
  { body: '[]', headers: { 'content-type': 'nonsense' } },
  { body: '<a/>', headers: { 'content-type': 'application/xml' } },
  { headers: { 'if-match': '"x"', 'idempotency-key': '', 'if-none-match': '*' } },
];
const PARTS = ['nowhere', 'the-pager-is-a-promise', '%00', 'x'.repeat(2000), '%F0%9F%A5%90'];

test('a route that wants a token answers nothing but 401 without one', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));
  const api = apiOf(origin);
  const openapi = (await api('GET', '/docs/json')).json as OpenApi;
  const operations = operationsOf(openapi).filter(({ route }) => route.startsWith('/api/'));
  const protectedOnes = operations.filter(
    ({ operation: { security } }) => security?.length === 1 && 'token' in (security[0] ?? {}),
  );
  t.ok(protectedOnes.length >= 12, 'there are some');

  for (const { method, route } of protectedOnes) {
    t.test(`${method} ${route}`, async (t) => {
      for (const call of method === 'GET' ? [{}] : GARBAGE) {
        isProblem(t, await api(method, pathOf(route), call), 401, 'unauthenticated', ['token']);
      }
      for (const part of PARTS) {
        const { json, status } = await api(method, pathOf(route, part));
        t.equal(status, 401, part.slice(0, 30));
        t.same(json.errors, { token: ['is missing'] });
      }
      const { status, headers } = await api(method, `${pathOf(route)}?limit=x&offset=-1&cursor=%00`);
      t.equal(status, 401, 'whatever the query');
      t.match(headers.get('www-authenticate'), /^Bearer/);
    });

    t.test(`${method} ${route} with what is no token`, async (t) => {
      for (const authorization of ['', 'x', 'Token', 'Token ', 'Basic YTpi', 'Token a b', 'Token\ta', 'Bearer é']) {
        const { json, status } = await api(method, pathOf(route), { headers: { authorization } });
        t.equal(status, 401, authorization);
        t.same(json.errors, { token: ['is invalid'] });
      }
    });
  }

  t.test('and the others answer without one', async (t) => {
    const others = operations.filter((operation) => !protectedOnes.includes(operation));
    for (const { method, route, operation } of others) {
      const { status } = await api(method, pathOf(route), operation.requestBody && { body: {} });
      t.not(status, 401, `${method} ${route}`);
    }
  });

  t.test(
    'a token that is wrong is said to be, where one is optional, and ignored where none is looked at',
    async (t) => {
      const headers = { authorization: 'Token wrong' };
      for (const { method, route, operation } of operations) {
        if (protectedOnes.some((one) => one.route === route && one.method === method)) continue;
        const { status } = await api(method, pathOf(route), {
          headers,
          ...(operation.requestBody && { body: {} }),
        });
        if (operation.security === undefined) t.not(status, 401, `${method} ${route}`);
        else t.equal(status, 401, `${method} ${route}`);
      }
    },
  );

  t.test('HEAD is as its GET', async (t) => {
    for (const path of ['/api/user', '/api/articles/feed']) {
      const { status, headers } = await api('HEAD', path);
      t.equal(status, 401, path);
      t.equal(headers.get('content-type'), 'application/problem+json');
    }
  });
});

test('a route that does not say who may call it cannot be registered', async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  const tokens = new Tokens({ secret: 'x'.repeat(32), previousSecret: undefined, ttlSeconds: 60 });
  await app.register(routeConfig);
  await app.register(async (scope) => {
    await scope.register(authentication, {
      tokens,
      refusalOfChange: () => undefined,
      isSessionValid: async () => true,
    });
    const handler = async () => 'ok';
    t.throws(() => scope.get('/forgotten', handler), /GET \/forgotten does not say who may call it/);
    t.throws(() => scope.post('/api/forgotten', { config: {} }, handler), /does not say who may call it/);
    t.throws(() => scope.route({ method: ['PUT', 'DELETE'], url: '/both', handler }), /does not say who/);
    t.doesNotThrow(() => scope.get('/said', { config: { access: 'required' } }, handler));
  });
  await app.ready();
  t.equal((await app.inject('/said')).statusCode, 401, 'without a token');
  const token = tokens.issue({ userId: '1', version: 0 });
  const headers = { authorization: `Token ${token}` };
  t.equal((await app.inject({ url: '/said', headers })).statusCode, 200, 'and with one');
});
