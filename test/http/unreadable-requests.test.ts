import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { sendRaw } from '../support/raw-http.ts';
import { scrape } from '../support/samples.ts';
import { startSteadfast } from '../support/steadfast.ts';

const HEAD = 'POST /api/tags HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

const NO_REQUESTS = {
  'plain words': 'hello, is anybody there?\r\n\r\n',
  'bytes at random': Buffer.from([0, 255, 13, 10, 7, 200, 13, 10, 13, 10]),
  'a TLS handshake': Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'an unknown method': 'BREW /api/tags HTTP/1.1\r\nHost: x\r\n\r\n',
  'an unknown version': 'GET /api/tags HTTP/7.3\r\nHost: x\r\n\r\n',
  'a header without a colon': 'GET /api/tags HTTP/1.1\r\nHost x\r\n\r\n',
  'a NUL in a header': 'GET /api/tags HTTP/1.1\r\nHost: x\r\nX-Thing: a\0b\r\n\r\n',
  'a space in the path': 'GET /api/tags and more HTTP/1.1\r\nHost: x\r\n\r\n',
  'a length that is no number': `${HEAD}Content-Length: abc\r\n\r\n`,
  'two lengths': `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  'a length and chunks': `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a chunk of no size': `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`,
};

test('bytes that are no request', async (t) => {
  const { origin, port } = await startSteadfast(t, await testEnvironment(t));

  for (const [what, bytes] of Object.entries(NO_REQUESTS)) {
    t.test(`${what}: a 400 in problem details, and the connection is closed`, async (t) => {
      const answer = await sendRaw(port, bytes);
      isProblem(t, answer, 400, 'malformed-request', ['request']);
      t.equal(answer.headers.connection, 'close');
      t.equal(Number(answer.headers['content-length']), Buffer.byteLength(answer.text));
    });
  }

  t.test('headers or a path of more than 16 KB: a 431', async (t) => {
    const requests = [
      `GET /api/tags HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`,
      `GET /api/tags HTTP/1.1\r\nHost: x\r\n${'X-Many: of them\r\n'.repeat(2000)}\r\n`,
      `GET /api/articles/${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ];
    for (const bytes of requests) {
      isProblem(t, await sendRaw(port, bytes), 431, 'header-too-large', ['headers']);
    }
  });

  t.test('a HEAD that cannot be read is answered without a body', async (t) => {
    const answer = await sendRaw(port, 'HEAD /api/tags and more HTTP/1.1\r\nHost: x\r\n\r\n');
    t.equal(answer.status, 400);
    t.equal(answer.headers['content-type'], 'application/problem+json');
    t.equal(answer.text, '');
  });

  t.test('an HTTP/1.0 request is answered, and the connection closed', async (t) => {
    const found = await sendRaw(port, 'GET /api/tags HTTP/1.0\r\n\r\n');
    t.equal(found.status, 200);
    t.ok(JSON.parse(found.text).tags.length > 0);
    t.equal(found.headers.connection, 'close');
    isProblem(t, await sendRaw(port, 'GET /nowhere HTTP/1.0\r\n\r\n'), 404, 'not-found', ['route']);
    isProblem(t, await sendRaw(port, 'GET /api/articles/%zz HTTP/1.0\r\n\r\n'), 400, 'malformed-request', ['path']);
  });

  t.test('a client that goes away in the middle of its request troubles nobody', async (t) => {
    const active = async () => (await scrape(origin)).sum('http_server_active_requests');
    const before = await active();
    const answers = await Promise.allSettled(
      [`${HEAD}Content-Length: 500\r\n\r\n{"a":`, 'GET /api/tags HTTP/1.1\r\nHo', ''].map((bytes) =>
        sendRaw(port, bytes, 200),
      ),
    );
    t.ok(
      answers.every(({ status }) => status === 'rejected'),
      'they hung up',
    );
    t.equal((await get(origin, '/api/tags')).status, 200);
    await until('no request is counted as under way for ever', async () => (await active()) === before);
  });
});

test('a path that cannot be decoded is counted and limited like any other', async (t) => {
  const environment = { ...(await testEnvironment(t)), TRUST_PROXY: 'true', RATE_LIMIT_PER_MINUTE: '3' };
  const { origin } = await startSteadfast(t, environment);
  const ask = () => get(origin, '/api/articles/%zz', { 'x-forwarded-for': '203.0.113.21' });
  const statuses: number[] = [];
  // The window may end in between, once.
  for (let request = 0; request < 8; request += 1) statuses.push((await ask()).status);
  t.equal(statuses[0], 400);
  t.ok(statuses.includes(429), statuses.join());
  const counted = async (status: number) =>
    (await scrape(origin)).sum('http_server_request_duration_seconds_count', {
      http_route: '_UNKNOWN',
      http_response_status_code: String(status),
    });
  for (const status of [400, 429]) {
    const sent = statuses.filter((each) => each === status).length;
    await until(`the ${status}s are counted`, async () => (await counted(status)) === sent);
  }
});
