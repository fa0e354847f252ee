import { type Test, test } from 'tap';
import { documentedApi } from '../support/documented-answers.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, request, until } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

const MONITORING_TOKEN = 'b7c0a1f86d0e4b7f9e1fa2c4d5066b31';
const DOCUMENTED = [
  '/metrics',
  '/api/monitoring/performance',
  '/api/monitoring/errors',
  '/api/monitoring/database/health',
];
const GUARDED = [...DOCUMENTED, '/api/monitoring/live'];
const PUBLIC = ['/health', '/health/ping', '/health/database', '/livez', '/readyz', '/api/tags', '/docs/json'];
const BROKEN = {
  DATABASE_URL: 'postgres://writer:hunter2-secret@127.0.0.1:1/hidden',
  REDIS_URL: 'redis://127.0.0.1:1',
};

/** The status alone: an event stream has no end to wait for. */
async function statusOf(origin: string, path: string, authorization?: string): Promise<number> {
  const abort = new AbortController();
  const headers = authorization === undefined ? {} : { authorization };
  const { status } = await fetch(`${origin}${path}`, { headers, signal: abort.signal });
  abort.abort();
  return status;
}

/** No header of CORS is in the answer, so that browsers keep it from the page that asked. */
async function keptFromOthers(t: Test, origin: string, path: string, init: RequestInit): Promise<void> {
  const { headers } = await request(origin, path, init);
  const names = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
  t.same(names, [], `${init.method ?? 'GET'} ${path}`);
}

test('a token keeps what monitoring knows from those who do not have it', async (t) => {
  const { origin, log } = await startSteadfast(t, { ...BROKEN, MONITORING_TOKEN });

  t.test('who has it may look', async (t) => {
    for (const path of GUARDED) {
      const status = await statusOf(origin, path, `Bearer ${MONITORING_TOKEN}`);
      t.equal(status, path.endsWith('/database/health') ? 503 : 200, path);
    }
  });

  t.test('who has none, or another, is told what to send', async (t) => {
    const wrong = ['', 'Bearer', `Token ${MONITORING_TOKEN}`, `Bearer ${MONITORING_TOKEN.slice(1)}`, 'Bearer é'];
    for (const path of GUARDED) {
      for (const authorization of wrong) t.equal(await statusOf(origin, path, authorization), 401, path);
      const { status, headers, json } = await get(origin, path);
      t.equal(status, 401, path);
      t.match(headers.get('www-authenticate'), /^Bearer/);
      t.match(json.detail, /MONITORING_TOKEN/);
      t.same(json.errors, { token: ['is missing'] });
    }
  });

  t.test('as the docs say', async (t) => {
    const docs = await documentedApi(origin);
    for (const path of DOCUMENTED) await docs.ask(t, `GET ${path}`, path, 401);
  });

  t.test('what is public says nothing of where things are', async (t) => {
    for (const path of PUBLIC) {
      const { status, text } = await get(origin, path);
      t.not(status, 401, path);
      t.notMatch(text, /127\.0\.0\.1|writer|hidden|hunter2/, path);
    }
    const { json } = await get(origin, '/health/database');
    t.match(json, { database: 'POSTGRESQL', status: 'critical', host: null, port: null, name: null });
    const known = await get(origin, '/health/database', { authorization: `Bearer ${MONITORING_TOKEN}` });
    t.match(known.json, { host: '127.0.0.1', port: 1, name: 'hidden' });
  });

  t.test('pages of other origins may read none of it, though they may read the rest', async (t) => {
    const headers = { origin: 'http://front.example', authorization: `Bearer ${MONITORING_TOKEN}` };
    for (const path of DOCUMENTED) {
      for (const method of ['GET', 'HEAD']) await keptFromOthers(t, origin, path, { method, headers });
      await keptFromOthers(t, origin, path, { headers: { origin: headers.origin } });
      const asking = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };
      await keptFromOthers(t, origin, path, { method: 'OPTIONS', headers: { ...asking, ...headers } });
    }
    const known = await get(origin, '/health/database', headers);
    t.equal(known.headers.get('access-control-allow-origin'), '*');
    t.match(known.json, { host: null, port: null, name: null });
  });

  t.test('and it is in no log', async (t) => t.notMatch(JSON.stringify(log), MONITORING_TOKEN));
});

test('a port of its own has what monitoring knows, and the other has not', async (t) => {
  const { origin, log, stop, ended } = await startSteadfast(t, {
    ...(await testEnvironment(t)),
    MONITORING_PORT: '0',
    MONITORING_TOKEN,
  });
  const address = () =>
    log
      .map(({ msg }) => /monitoring has a port of its own: (\S+)/.exec(msg)?.[1])
      .find((found) => found !== undefined);
  await until('the log says which port', () => address() !== undefined);
  const own = address() ?? '';
  t.not(own, origin);

  const authorization = `Bearer ${MONITORING_TOKEN}`;
  for (const path of GUARDED) {
    t.equal(await statusOf(own, path, authorization), 200, path);
    t.equal(await statusOf(own, path), 401, path);
    t.equal(await statusOf(origin, path, authorization), 404, path);
  }
  t.match((await get(origin, '/metrics', { authorization })).json, { detail: /There is no GET \/metrics/ });
  for (const path of PUBLIC) t.equal(await statusOf(origin, path), 200, path);
  t.equal(await statusOf(own, '/health'), 200, 'how it is can be asked there too');

  const taken = await fetch(`${own}/api/monitoring/live`, { headers: { authorization } });
  t.equal(taken.status, 200);
  await stop();
  t.equal(await ended, 0, 'a page that listens there does not keep it from ending');
  await taken.body?.cancel().catch(() => {});
});
