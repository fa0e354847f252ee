import { type Test, test } from 'tap';
import { buildApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import { documented, type OpenApi } from '../support/documented.ts';
import { get } from '../support/http.ts';
import { patientEnvironment } from '../support/patient-environment.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** Every GET route of the docs, with requests and the status each gets when all is well. */
const REQUESTS: Record<string, Record<string, number>> = {
  '/api/articles': {
    '/api/articles?limit=100': 200,
    '/api/articles?tag=no-such-tag': 200,
    '/api/articles?author=ines&tag=software': 200,
    '/api/articles?limit=x': 422,
    '/api/articles?tag=%00': 422,
    '/api/articles?offset=1&offset=2': 422,
  },
  '/api/articles/{slug}': {
    '/api/articles/the-pager-is-a-promise': 200,
    '/api/articles/nowhere': 404,
    '/api/articles/%00': 404,
    [`/api/articles/${'x'.repeat(2000)}`]: 404,
  },
  '/api/articles/{slug}/comments': {
    '/api/articles/the-pager-is-a-promise/comments': 200,
    '/api/articles/nowhere/comments': 404,
  },
  '/api/profiles/{username}': { '/api/profiles/tom': 200, '/api/profiles/bare': 200, '/api/profiles/nobody': 404 },
  '/api/tags': { '/api/tags': 200 },
  '/health/ping': { '/health/ping': 200 },
  '/livez': { '/livez': 200 },
  '/readyz': { '/readyz': 200 },
  '/health': { '/health': 200 },
  '/health/database': { '/health/database': 200 },
  '/api/monitoring/database/health': { '/api/monitoring/database/health': 200 },
  '/api/monitoring/performance': { '/api/monitoring/performance': 200 },
  '/metrics': { '/metrics': 200 },
};

/** What the docs leave out: themselves, the start page, and what CORS adds. */
const UNDOCUMENTED = /^\/(docs|$)|^\*$/;

test('the docs', async (t) => {
  const environment = await patientEnvironment(t);
  await sql(
    environment.DATABASE_URL,
    `insert into users (username, email, password_hash) values ('bare', 'b@x', '!')`,
  );
  const { origin } = await startSteadfast(t, environment);
  const openapi = (await get(origin, '/docs/json')).json as OpenApi;

  t.test('are OpenAPI 3.1, and every operation has a summary and a tag that is explained', async (t) => {
    t.match(openapi.openapi, /^3\.1\.\d+$/);
    t.ok(openapi.info.title && openapi.info.version);
    const known = openapi.tags.map(({ name }) => name);
    for (const [path, operations] of Object.entries(openapi.paths)) {
      for (const { summary, tags } of Object.values(operations)) {
        t.ok(summary, `${path} has a summary`);
        t.ok(
          tags !== undefined && tags.length > 0 && tags.every((tag) => known.includes(tag)),
          `${path} has a tag`,
        );
      }
    }
  });

  t.test('know every route of the application', async (t) => {
    const { app } = await buildApp(loadConfig(environment));
    t.teardown(() => app.close());
    const routes = routesOf(app.printRoutes());
    const expected = routes
      .filter(({ path, method }) => method !== 'HEAD' && !UNDOCUMENTED.test(path))
      .map(({ path, method }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const listed = Object.entries(openapi.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    t.ok(expected.length >= 13, expected.join(', '));
    t.same(listed.toSorted(), expected.toSorted());
  });

  t.test('have an example here for each of their GET routes', async (t) => {
    const paths = Object.entries(openapi.paths).filter(([, operations]) => operations.get !== undefined);
    t.same(paths.map(([path]) => path).toSorted(), Object.keys(REQUESTS).toSorted());
  });

  t.test('describe every answer as it is, with no member missing and none too many', async (t) => {
    for (const [route, requests] of Object.entries(REQUESTS)) {
      for (const [path, status] of Object.entries(requests)) {
        const answer = await get(origin, path);
        t.equal(answer.status, status, path);
        isAsDocumented(t, openapi, route, answer, path);
      }
    }
  });

  t.test('name a 304 for every read', async (t) => {
    for (const route of Object.keys(REQUESTS).filter((path) => /^\/api\/(articles|profiles|tags)/.test(path))) {
      t.ok(openapi.paths[route]?.get?.responses['304'], route);
    }
  });
});

test('the docs describe the answers of a bad day too', async (t) => {
  const { origin } = await startSteadfast(t, {
    DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/nowhere',
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  const openapi = (await get(origin, '/docs/json')).json as OpenApi;
  for (const [route, requests] of Object.entries(REQUESTS)) {
    const path = Object.keys(requests)[0] ?? '';
    const answer = await get(origin, path);
    const lives = /ping|livez|performance|metrics/.test(path);
    t.equal(answer.status, lives ? 200 : 503, path);
    isAsDocumented(t, openapi, route, answer, path);
  }
});

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

function isAsDocumented(
  t: Test,
  openapi: OpenApi,
  route: string,
  answer: Awaited<ReturnType<typeof get>>,
  path: string,
): void {
  const validate = documented(openapi, route, answer.status, answer.headers.get('content-type') ?? '');
  if (validate === undefined) {
    t.fail(`${path}: the docs know no ${answer.status} of ${answer.headers.get('content-type')}`);
    return;
  }
  validate(answer.json ?? answer.text);
  t.same(validate.errors ?? [], [], path);
}
