import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { type Test, test } from 'tap';
import { apiOf, logIn, PASSWORD, publish, register } from '../support/api.ts';
import { type OpenApi, operationsOf } from '../support/documented.ts';
import { testEnvironment } from '../support/environment.ts';
import { headers, jsonText, mutated, notJson, query, segment } from '../support/fuzz.ts';
import { internalsIn } from '../support/problems.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** The same requests every time; FUZZ_SEED tries others. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_120);
const AT_ONCE = 8;
const HANGS_AFTER_MS = 10_000;

type Sent = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};
type Got = { readonly status: number; readonly type: string; readonly text: string };

/** node:http and not fetch, which would mend the path and refuse half of the headers. */
function send(port: number, { method, path, headers, body }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    // Node sends Latin-1: these are the bytes of UTF-8.
    const bytes = Buffer.from(path).toString('latin1');
    // Of a DELETE Node says no length: its body would be read as the beginning of the connection's next request.
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const options = { port, host: '127.0.0.1', method, path: bytes, headers: { ...headers, ...length } };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, type: headers['content-type'] ?? '', text: Buffer.concat(chunks).toString() });
      });
    });
    request.setTimeout(HANGS_AFTER_MS, () => request.destroy(new Error(`no answer in ${HANGS_AFTER_MS} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}

/** What is wrong with an answer; undefined when it is as any answer must be. */
function fault({ status, type, text }: Got): string | undefined {
  if (status >= 500 && !(status === 503 && text.includes('problem:overloaded'))) return `a ${status}: ${text}`;
  if (status === 204 || status === 304 || text === '') return text === '' ? undefined : 'a body where none may be';
  const expected = status >= 400 ? /^application\/problem\+json$/ : /^application\/json/;
  if (!expected.test(type)) return `${status} of type ${type}`;
  const body = JSON.parse(text);
  if (status < 400) return undefined;
  const leak = internalsIn(JSON.stringify({ ...body, instance: '' }));
  if (leak !== undefined) return `tells ${leak}: ${text}`;
  if (body.status !== status) return `says ${body.status} in a ${status}`;
  const names = Object.entries(body.errors as Record<string, unknown>);
  const told = names.length > 0 && names.every(([name, words]) => name !== '' && Array.isArray(words));
  return told ? undefined : `errors names nothing: ${text}`;
}

test('whatever is sent, the answer is JSON, no 5xx, and tells no internals', async (t) => {
  const environment = await testEnvironment(t);
  const { origin, port } = await startSteadfast(t, {
    ...environment,
    LOGIN_LIMIT_PER_MINUTE: '100000',
    LOGIN_FAILURES_PER_ACCOUNT: '100000',
  });
  const api = apiOf(origin);
  const token = await register(api, 'fuzzer');
  await publish(api, token, 'Kept');
  await publish(api, token, 'To be renamed');
  const operations = operationsOf((await api('GET', '/docs/json')).json as OpenApi).filter(
    ({ route }) => route !== '/metrics',
  );
  const counts: Record<string, number> = {};
  let requests = 0;

  const holds = async (t: Test, name: string, arbitrary: fc.Arbitrary<Sent>, runs: number) => {
    const property = fc.asyncProperty(
      fc.array(arbitrary, { minLength: AT_ONCE, maxLength: AT_ONCE }),
      async (batch) => {
        const faults = await Promise.all(
          batch.map(async (sent) => {
            const got = await send(port, sent).catch((error: unknown) => {
              throw new Error(`${JSON.stringify(sent)} → ${error}`);
            });
            requests += 1;
            const key = `${name} ${got.status}`;
            counts[key] = (counts[key] ?? 0) + 1;
            const found = fault(got);
            return found === undefined ? [] : [`${JSON.stringify(sent).slice(0, 2000)} → ${found.slice(0, 1000)}`];
          }),
        );
        if (faults.flat().length > 0) throw new Error(faults.flat().join('\n'));
      },
    );
    const result = await fc.check(property, { seed: SEED, numRuns: Math.ceil(runs / AT_ONCE), endOnFailure: true });
    t.notOk(
      result.failed,
      `${name}: FUZZ_SEED=${SEED}, path ${result.counterexamplePath}\n${result.errorInstance}`,
    );
  };

  const authorization = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Record<string, string>>({ authorization: `Token ${token}` }) },
    { weight: 1, arbitrary: fc.constant<Record<string, string>>({}) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('Token', 'Token x', 'Bearer a.b.c', `Token ${token}x`)
        .map((value) => ({ authorization: value })),
    },
  );
  const json = { 'content-type': 'application/json' };
  const anyRoute = fc
    .tuple(fc.constantFrom(...operations), fc.array(segment, { minLength: 2, maxLength: 2 }), fc.boolean())
    .map(([{ method, route }, segments, real]) => {
      const parts = segments.values();
      return {
        method,
        path: route.replaceAll(/\{\w+\}/g, () => (real ? 'the-pager-is-a-promise' : (parts.next().value ?? ''))),
      };
    });

  t.test('any JSON at every route', async (t) => {
    const body = fc.oneof({ weight: 4, arbitrary: jsonText }, { weight: 1, arbitrary: notJson });
    const arbitrary = fc
      .tuple(anyRoute, authorization, body)
      .map(([{ method, path }, auth, body]) =>
        method === 'GET'
          ? { method, path, headers: auth, body: undefined }
          : { method, path, headers: { ...auth, ...json }, body },
      );
    await holds(t, 'json', arbitrary, 900);
  });

  t.test('any headers, paths and query strings', async (t) => {
    const free = fc
      .tuple(
        fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
        fc.array(segment, { maxLength: 4 }),
      )
      .map(([method, segments]) => ({ method, path: `/${['api', ...segments].join('/')}` }));
    const arbitrary = fc
      .tuple(
        fc.oneof({ weight: 3, arbitrary: anyRoute }, { weight: 1, arbitrary: free }),
        query,
        headers,
        authorization,
      )
      .map(([{ method, path }, search, given, auth]) => ({
        method,
        path: `${path}?${search}`.slice(0, 6000),
        headers: { ...given, ...auth },
        body: undefined,
      }));
    await holds(t, 'edge', arbitrary, 1200);
  });

  const VALID: Record<string, unknown> = {
    'POST /api/users': { user: { username: 'new', email: 'new@example.com', password: PASSWORD } },
    'POST /api/users/login': { user: { email: 'fuzzer@example.com', password: PASSWORD, more: true } },
    'PUT /api/user': { user: { username: 'fuzzer', email: 'fuzzer@example.com', bio: 'b', image: 'i' } },
    'POST /api/articles': { article: { title: 'T', description: 'd', body: 'b', tagList: ['a', 'b'] } },
    'PUT /api/articles/kept': { article: { description: 'd', body: 'b', tagList: ['a'] } },
    // A new title is a new slug: few of these are found.
    'PUT /api/articles/to-be-renamed': { article: { title: 'To be renamed', body: 'b' } },
    'POST /api/articles/kept/comments': { comment: { body: 'c', more: true } },
  };
  for (const [operation, valid] of Object.entries(VALID)) {
    t.test(`${operation}: a valid body with one member replaced`, async (t) => {
      const [method = '', path = ''] = operation.split(' ');
      const key = fc.option(fc.constantFrom('a', 'b', 'é', 'x'.repeat(255)), { nil: undefined });
      const arbitrary = fc.tuple(mutated(valid), key).map(([body, idempotencyKey]) => ({
        method,
        path,
        body,
        headers: {
          ...json,
          authorization: `Token ${token}`,
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
      }));
      await holds(t, operation, arbitrary, 240);
    });
  }

  t.test('and the server is as well as before', async (t) => {
    t.ok(requests >= 3000, `${requests} requests with seed ${SEED}: ${JSON.stringify(counts)}`);
    const reached = (prefix: string) => Object.keys(counts).some((key) => key.startsWith(prefix));
    for (const operation of Object.keys(VALID))
      t.ok(reached(`${operation} 2`), `${operation}: some of them were fine`);
    t.equal((await logIn(api, 'tom@example.com', 'steadfast-sample')).status, 200);
    t.equal((await api('GET', '/api/articles')).status, 200);
    t.comment(`${requests} requests, seed ${SEED}: ${JSON.stringify(counts)}`);
  });
});
