import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, request, until } from '../support/http.ts';
import { sendRaw } from '../support/raw-http.ts';
import { type Scrape, scrape } from '../support/samples.ts';
import { startSteadfast } from '../support/steadfast.ts';

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'MKCOL',
  'PURGE',
  'SEARCH',
  'LOCK',
  'REPORT',
];
const MANY = 300;
/** Of each new route, method and status there are fifteen: the buckets, their sum and their count. */
const MOST_NEW = 40 * 15;

const word = () => randomBytes(6).toString('hex');

/** Requests as a scanner would send them: no two alike. */
const SCANNERS: ((origin: string, n: number) => Promise<unknown>)[] = [
  (origin, n) => request(origin, `/${word()}/${n}`, { method: METHODS[n % METHODS.length] ?? 'GET' }),
  (origin) => get(origin, `/api/articles/${word()}`),
  (origin) => get(origin, `/api/articles/${randomUUID()}/comments`),
  (origin) => get(origin, `/api/profiles/${word()}`),
  (origin) => get(origin, `/api/articles?tag=${word()}&author=${word()}&limit=1`),
  (origin) => get(origin, `/api/articles?limit=x${word()}`),
  (origin) => get(origin, `/docs/static/${word()}.js`),
  (origin, n) => request(origin, `/api/tags?x=${word()}`, { method: METHODS[n % METHODS.length] ?? 'GET' }),
  (origin) => get(origin, `/%${word()}%zz`),
  (origin) => sendRaw(Number(new URL(origin).port), `${word().toUpperCase()} /x HTTP/1.1\r\nHost: x\r\n\r\n`),
];

/** Each on a connection of its own, one request behind the other without waiting for answers (RFC 9112, section 9.3.2). */
const CONNECTIONS = 20;
const REQUESTS_EACH = 500;

/** Ten thousand requests of which no two have the same path, slug or tag, with all those methods. */
async function flood(port: number): Promise<number> {
  const paths = [
    () => `/${word()}/${word()}`,
    () => `/api/articles/${word()}`,
    () => `/api/articles?tag=${word()}&limit=x${word()}`,
    () => `/api/profiles/${word()}/follow`,
  ];
  const requests = Array.from({ length: REQUESTS_EACH }, (_, n) => {
    const method = METHODS[n % METHODS.length] ?? 'GET';
    const path = paths[n % paths.length] ?? word;
    const last = n === REQUESTS_EACH - 1 ? 'connection: close\r\n' : '';
    return () => `${method} ${path()} HTTP/1.1\r\nhost: x\r\n${last}\r\n`;
  });
  const connections = Array.from({ length: CONNECTIONS }, () =>
    sendRaw(port, requests.map((request) => request()).join(''), 60_000),
  );
  const answered = await Promise.all(connections);
  return answered.reduce((sum, { text }) => sum + (text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0) + 1, 0);
}

async function scan(origin: string): Promise<void> {
  for (let n = 0; n < MANY; n += SCANNERS.length) {
    await Promise.all(SCANNERS.map((send, index) => send(origin, n / SCANNERS.length + index)));
  }
}

/** With the series that come with Redis' answer, which is asked for every two seconds, and later by a busy machine. */
async function completeScrape(origin: string): Promise<Scrape> {
  let seen = await scrape(origin);
  const isComplete = async () => {
    seen = await scrape(origin);
    return seen.sum('cache_entries', { cache: 'redis' }) !== undefined;
  };
  await until('Redis has said how full it is', isComplete, 30_000);
  return seen;
}

test('no client can make series: ten thousand different requests leave labels of our own words only', async (t) => {
  const { origin, port } = await startSteadfast(t, await testEnvironment(t));
  for (let round = 0; round < 2; round += 1) await scan(origin);
  await get(origin, '/metrics');
  const first = await scrape(origin);
  t.equal(await flood(port), CONNECTIONS * REQUESTS_EACH, 'all are answered');
  const before = await completeScrape(origin);
  await scan(origin);
  const after = await scrape(origin);
  t.ok(
    before.samples.length - first.samples.length < MOST_NEW,
    `${first.samples.length} series before ten thousand, ${before.samples.length} after, ${after.samples.length} in all`,
  );

  const seriesOf = ({ samples }: typeof before) =>
    samples
      .filter(({ name }) => !/^nodejs_/.test(name))
      .map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
  t.same(
    seriesOf(after)
      .filter((series) => !seriesOf(before).includes(series))
      .slice(0, 10),
    [],
    'the last 300 made no series',
  );
  t.ok(after.samples.length < 2500, `${after.samples.length} series in all`);

  const requests = after.samples.filter(({ name }) => name === 'http_server_request_duration_seconds_count');
  const values = (label: string) => [...new Set(requests.map(({ labels }) => labels[label] ?? ''))].toSorted();
  t.same(values('http_request_method'), ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', '_OTHER']);
  t.same(values('http_route'), [
    '*',
    '/api/articles',
    '/api/articles/:slug',
    '/api/articles/:slug/comments',
    '/api/profiles/:username',
    '/api/profiles/:username/follow',
    '/api/tags',
    '/docs/static/*',
    '/metrics',
    '_UNKNOWN',
  ]);
  t.same(
    values('http_response_status_code').filter((status) => !/^[245]\d\d$/.test(status)),
    [],
  );

  const suspicious = /[0-9a-f]{12}|[0-9a-f]{8}-|:\/\/|\?|%|\bselect\b|zz/i;
  const made = after.samples.flatMap(({ name, labels }) =>
    Object.entries(labels)
      .filter(([, value]) => suspicious.test(value))
      .map(([label, value]) => `${name}{${label}="${value}"}`),
  );
  t.same([...new Set(made)].slice(0, 10), [], 'no label has words of a client in it');
  const { json } = await get(origin, '/api/monitoring/performance');
  t.ok(json.routes.length < 60, `${json.routes.length} routes in the report on performance`);
  t.notMatch(JSON.stringify(json), /[0-9a-f]{12}/);
});
