import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, request, until } from '../support/http.ts';
import { type RunningSteadfast, startSteadfast } from '../support/steadfast.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const linesOf = ({ log }: RunningSteadfast, id: string) => log.filter(({ reqId }) => reqId === id);

/** Lines are written in the order of their answers: once this one is there, those before it are too. */
async function untilLogged(running: RunningSteadfast, id: string): Promise<void> {
  await get(running.origin, '/nowhere', { 'x-request-id': id });
  await until(`the line of ${id} is written`, () => linesOf(running, id).length > 0);
}

test('x-request-id', async (t) => {
  const running = await startSteadfast(t, await testEnvironment(t));
  const { origin } = running;

  t.test('is echoed when it is short and plain, in answers of every kind', async (t) => {
    const ids = ['a', 'A-z_0.9', '0'.repeat(64), '4bf92f35-77b3-4da6-a3ce-929d0e0e4736'];
    for (const id of ids) {
      for (const path of [
        '/api/tags',
        '/nowhere',
        '/api/articles?limit=x',
        '/api/articles/%zz',
        '/health',
        '/metrics',
      ]) {
        t.equal((await get(origin, path, { 'x-request-id': id })).headers.get('x-request-id'), id, path);
      }
    }
  });

  t.test('is replaced by a fresh one when it is anything else', async (t) => {
    const ids = [
      '',
      ' ',
      'a b',
      'a,b',
      '0'.repeat(65),
      '<script>',
      '$(reboot)',
      'a"b',
      "a'; drop table",
      'ä',
      'a/b',
      '{"a":1}',
    ];
    const seen = new Set<string>();
    for (const id of ids) {
      const given = (await get(origin, '/api/tags', { 'x-request-id': id })).headers.get('x-request-id') ?? '';
      t.match(given, UUID, JSON.stringify(id));
      seen.add(given);
    }
    t.equal(seen.size, ids.length, 'each its own');
  });

  t.test('is the reqId of the log line and the requestId of the problem', async (t) => {
    for (const path of ['/api/articles/the-pager-is-a-promise', '/nowhere', '/api/articles?offset=x']) {
      const { headers, json, status } = await get(origin, path);
      const id = headers.get('x-request-id') ?? '';
      await until('it is logged', () => linesOf(running, id).length > 0);
      t.match(linesOf(running, id)[0], { method: 'GET', path, status, msg: 'request', level: 30 });
      if (status !== 200) t.equal(json.requestId, id);
    }
  });
});

test('traceparent', async (t) => {
  const running = await startSteadfast(t, await testEnvironment(t));
  const { origin } = running;
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  const SPAN = '00f067aa0ba902b7';
  const lineOf = async (id: string) => {
    await until('it is logged', () => linesOf(running, id).length > 0);
    return linesOf(running, id)[0];
  };

  t.test('is taken over: in the log, in problems, and answered with a step of our own', async (t) => {
    const taken = [
      `00-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-00`,
      `cc-${TRACE}-${SPAN}-01-what-the-future-brings`,
    ];
    for (const [index, traceparent] of taken.entries()) {
      for (const path of [
        `/api/articles?limit=${index + 1}`,
        '/nowhere',
        '/api/articles?limit=x',
        '/api/articles/%zz',
      ]) {
        const id = `trace-${index}-${path.replaceAll(/[^a-z]/g, '')}`;
        const { headers, json, status } = await get(origin, path, { traceparent, 'x-request-id': id });
        if (status !== 200) t.equal(json.traceId, TRACE, path);
        if (path.includes('%')) continue;
        t.match(await lineOf(id), { traceId: TRACE });
        const flags = traceparent.endsWith('00') ? '00' : '01';
        t.match(headers.get('traceresponse'), new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-${flags}$`));
      }
    }
  });

  t.test('is replaced by a fresh one when it is none', async (t) => {
    const refused = [
      undefined,
      '',
      TRACE,
      `00-${TRACE}-${SPAN}`,
      `00-${TRACE}-${SPAN}-01-more`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-0x`,
      `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    ];
    const seen = new Set<string>();
    for (const [index, traceparent] of refused.entries()) {
      const id = `no-trace-${index}`;
      const headers = { 'x-request-id': id, ...(traceparent !== undefined && { traceparent }) };
      const answer = await get(origin, '/nowhere', headers);
      t.match(answer.json.traceId, /^(?!0{32})[0-9a-f]{32}$/);
      t.not(answer.json.traceId, TRACE, String(traceparent));
      t.equal(answer.headers.get('traceresponse'), null);
      t.equal((await lineOf(id))?.traceId, answer.json.traceId);
      seen.add(answer.json.traceId);
    }
    t.equal(seen.size, refused.length, 'each its own');
  });
});

test('the log', async (t) => {
  const environment = await testEnvironment(t);
  const running = await startSteadfast(t, environment);
  const { origin } = running;

  t.test('has one line a request at most, and none for what machines ask all day', async (t) => {
    const expected: Record<string, number> = {
      '/api/articles': 1,
      '/api/articles?limit=x': 1,
      '/api/articles/nowhere': 1,
      '/nowhere': 1,
      '/docs/json': 1,
      '/health': 0,
      '/livez': 0,
      '/readyz': 0,
      '/metrics': 0,
    };
    for (const [path, lines] of Object.entries(expected)) {
      const id = `one-line-${path.replaceAll(/[^a-z]/g, '-')}`;
      await get(origin, path, { 'x-request-id': id });
      await untilLogged(running, `after-${id}`);
      t.equal(linesOf(running, id).length, lines, path);
    }
  });

  t.test('says the route, the status, the time it took and what the cache did', async (t) => {
    await get(origin, '/api/tags', { 'x-request-id': 'what-it-says' });
    await until('it is logged', () => linesOf(running, 'what-it-says').length > 0);
    const [line] = linesOf(running, 'what-it-says');
    t.match(line, { route: '/api/tags', status: 200, cache: /^(miss|redis)$/ });
    t.ok(typeof line?.ms === 'number' && line.ms >= 0);
  });

  t.test('has none for what was answered from memory', async (t) => {
    for (const id of ['first', 'from-memory']) await get(origin, '/api/articles?limit=3', { 'x-request-id': id });
    await untilLogged(running, 'after-those-from-memory');
    t.equal(linesOf(running, 'first').length, 1);
    t.equal(linesOf(running, 'from-memory').length, 0);
  });

  t.test('keeps a line break or quote in a path inside its line', async (t) => {
    const path = '/api/articles/%0A%22%7D%0D%0A';
    const { headers } = await get(origin, path);
    const id = headers.get('x-request-id') ?? '';
    await until('it is logged', () => linesOf(running, id).length > 0);
    t.equal(linesOf(running, id)[0]?.path, path);
  });

  t.test('has nothing secret in it: no token, cookie, body, password or connection string', async (t) => {
    const secret = 'hunter2-correct-horse';
    const headers = {
      authorization: `Token ${secret}`,
      cookie: `session=${secret}`,
      'proxy-authorization': `Basic ${secret}`,
      'x-api-key': secret,
      'content-type': 'application/json',
    };
    const body = JSON.stringify({ user: { email: 'a@example.com', password: secret, token: secret } });
    for (const path of ['/api/users/login', '/api/tags', '/health']) {
      await get(origin, path, headers);
      for (const sent of [body, body.slice(0, -2), `"${secret}`]) {
        await request(origin, path, { method: 'POST', headers, body: sent });
      }
      await request(origin, path, { method: 'POST', headers: { ...headers, 'content-type': 'text/plain' }, body });
    }
    await untilLogged(running, 'after-the-secrets');
    const { password } = new URL(environment.DATABASE_URL);
    t.ok(password.length > 5, 'the database has a password');
    const whole = JSON.stringify(running.log);
    t.ok(whole.includes('/api/users/login'), 'the requests are in it');
    t.notOk(whole.includes(secret));
    t.notOk(whole.includes(password));
    t.notOk(whole.includes('a@example.com'));
  });
});

test('with LOG_LEVEL=trace there is nothing secret either', async (t) => {
  const environment = await testEnvironment(t);
  const running = await startSteadfast(t, { ...environment, LOG_LEVEL: 'trace' });
  const headers = { authorization: 'Token hunter2-at-trace', 'content-type': 'application/json' };
  for (const body of ['{"user":{"password":"hunter2-at-trace"}}', '{"user":{"password":"hunter2-at-trace"']) {
    await request(running.origin, '/api/users/login', { method: 'POST', headers, body });
  }
  for (const id of ['read', 'read-again']) await get(running.origin, '/api/tags', { 'x-request-id': id });
  await untilLogged(running, 'after-the-secrets');
  const whole = JSON.stringify(running.log);
  t.match(linesOf(running, 'read-again')[0], { level: 20, cache: 'memory' });
  t.notOk(whole.includes('hunter2'));
  t.notOk(whole.includes(new URL(environment.DATABASE_URL).password));
});
