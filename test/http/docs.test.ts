import { type Test, test } from 'tap';
import { buildApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import { type OpenApi, operationsOf, withoutExample } from '../support/documented.ts';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** What the docs leave out: themselves, the live page with its stream, and what answers preflights. */
const UNDOCUMENTED = /^\/(docs|status|api\/monitoring\/live$|$)/;

/** The routes that live on the database: people's accounts and what they write. */
const isBlog = (route: string) => /^\/api\/(?!monitoring)/.test(route);

test('the docs', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, environment);
  const openapi = (await get(origin, '/docs/json')).json as OpenApi;
  const operations = operationsOf(openapi);
  const blog = operations.filter(({ route }) => isBlog(route));

  t.test('are OpenAPI 3.1, and every operation has a summary and a tag that is explained', async (t) => {
    t.match(openapi.openapi, /^3\.1\.\d+$/);
    t.ok(openapi.info.title && openapi.info.version);
    const known = openapi.tags.map(({ name }) => name);
    for (const { method, route, operation } of operations) {
      const { summary, tags } = operation;
      t.ok(summary, `${method} ${route} has a summary`);
      t.ok(tags !== undefined && tags.length > 0 && tags.every((tag) => known.includes(tag)), 'and a tag');
    }
  });

  t.test('know every route of the application', async (t) => {
    const { app } = await buildApp(loadConfig(environment));
    t.teardown(() => app.close());
    const expected = routesOf(app.printRoutes())
      .filter(({ path, method }) => method !== 'HEAD' && method !== 'OPTIONS' && !UNDOCUMENTED.test(path))
      .map(({ path, method }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    t.ok(expected.length >= 27, expected.join(', '));
    t.same(operations.map(({ method, route }) => `${method} ${route}`).toSorted(), expected.toSorted());
  });

  t.test('describe each reply in words, problems as problems', async (t) => {
    for (const { method, route, operation } of operations) {
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        const what = `${method} ${route} ${status}`;
        t.ok(description !== '' && description !== 'Default Response', what);
        if (Number(status) >= 400 && isBlog(route))
          t.same(Object.keys(content ?? {}), ['application/problem+json'], what);
      }
    }
  });

  t.test('name for each route of the blog what its kind can be answered', async (t) => {
    for (const { method, route, operation } of blog) {
      const replies = Object.keys(operation.responses).map(Number);
      const expected = [
        429,
        503,
        ...(operation.requestBody === undefined ? [] : [400, 413, 415, 422]),
        ...(route.includes('{') ? [400, 404] : []),
        ...(operation.security === undefined ? [] : [401]),
        ...(method === 'GET' && route !== '/api/user' ? [304] : []),
      ];
      const missing = expected.filter((status) => !replies.includes(status));
      t.same(missing, [], `${method} ${route}`);
    }
  });

  t.test('give every member of every body and every parameter an example', async (t) => {
    for (const { method, route, operation } of blog) {
      const { parameters = [], requestBody, responses } = operation;
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      for (const { schema } of contents.flatMap((content) => Object.values(content ?? {})))
        t.same(withoutExample(schema, `${method} ${route}`), []);
      for (const { name, schema, example } of parameters)
        t.ok(example !== undefined || 'default' in schema, `${method} ${route}: ${name}`);
    }
  });

  t.test('know every part of the path, and the headers that routes understand', async (t) => {
    const named = (method: string, route: string) =>
      (openapi.paths[route]?.[method]?.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`);
    for (const { method, route } of operations) {
      const parts = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`);
      const known = named(method.toLowerCase(), route).filter((parameter) => parameter.startsWith('path'));
      t.same(known.toSorted(), parts.toSorted(), `${method} ${route}`);
    }
    has(t, named('get', '/api/articles'), ['tag', 'author', 'favorited', 'limit', 'offset', 'cursor'], 'query');
    has(t, named('get', '/api/articles/feed'), ['limit', 'offset', 'cursor'], 'query');
    has(t, named('post', '/api/articles'), ['Idempotency-Key'], 'header');
    has(t, named('post', '/api/articles/{slug}/comments'), ['Idempotency-Key'], 'header');
    has(t, named('put', '/api/articles/{slug}'), ['If-Match'], 'header');
    has(t, named('get', '/api/articles/{slug}'), ['If-None-Match'], 'header');
  });

  t.test('say which routes want a token and which may have one', async (t) => {
    const listed = (security: unknown) =>
      blog
        .filter(({ operation }) => JSON.stringify(operation.security) === JSON.stringify(security))
        .map(({ method, route }) => `${method} ${route}`);
    t.same(listed(undefined).toSorted(), ['GET /api/tags', 'POST /api/users', 'POST /api/users/login']);
    t.same(listed([{}, { token: [] }]).toSorted(), [
      'GET /api/articles',
      'GET /api/articles/{slug}',
      'GET /api/articles/{slug}/comments',
      'GET /api/profiles/{username}',
    ]);
    t.equal(listed([{ token: [] }]).length, blog.length - 7);
  });
});

function has(t: Test, known: readonly string[], names: readonly string[], place: string): void {
  for (const name of names) t.ok(known.includes(`${place} ${name}`), `${place} ${name}`);
}

/** Reads the tree that Fastify prints: each line adds a piece of a path to that of the line it hangs from. */
function routesOf(tree: string): { path: string; method: string }[] {
  const paths: string[] = [];
  return [...tree.replace('(empty root node)', '').matchAll(/^([ │]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/gm)].flatMap(
    ([, indent = '', piece = '', methods]) => {
      const depth = indent.length / 4;
      const path = `${depth === 0 ? '' : paths[depth - 1]}${piece}`;
      paths[depth] = path;
      return (methods?.split(', ') ?? []).map((method) => ({ path, method }));
    },
  );
}
