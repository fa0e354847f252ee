import { test } from 'tap';
import { BREAKER_STATES } from '../../src/database/breaker.ts';
import { Listeners } from '../../src/monitoring/live/listeners.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, request, until } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

type Said = { readonly name: string; readonly text: string };

/** Listens until it is told to leave; `heard` grows while it does. */
async function listen(origin: string) {
  const leaving = new AbortController();
  const response = await fetch(`${origin}/api/monitoring/live`, { signal: leaving.signal });
  const heard: Said[] = [];
  const over = read(response, heard).catch(() => {});
  const leave = () => {
    leaving.abort();
    return over;
  };
  return { response, heard, over, leave };
}

async function read(response: Response, heard: Said[]): Promise<void> {
  let rest = '';
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (rest + text).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? [];
      heard.push({ name, text: data });
    }
  }
}

/** The page's own module, as the browser gets it. */
async function pageState(origin: string): Promise<{ COLUMNS: string[]; BREAKER_OPEN: number }> {
  const { text } = await get(origin, '/status/state.js');
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
}

test('the live page', async (t) => {
  const steadfast = await startSteadfast(t, await testEnvironment(t));
  const { origin } = steadfast;

  t.test('is the same at / and /status, and is made of files of this server only', async (t) => {
    const page = await get(origin, '/');
    t.equal(page.status, 200);
    t.match(page.headers.get('content-type'), 'text/html');
    t.equal((await get(origin, '/status')).text, page.text);
    const loaded = [...page.text.matchAll(/(?:href|src)="(status\/[^"]+)"/g)].map(([, path = '']) => path);
    t.ok(loaded.length >= 4, loaded.join());
    const modules = new Set(loaded);
    for (const path of modules) {
      const file = await get(origin, `/${path}`);
      t.equal(file.status, 200, path);
      t.notMatch(file.text, /@import|\burl\(|^import .*['"](?!\.\/)\w.*['"]/m, path);
      for (const [, name = ''] of file.text.matchAll(/from '\.\/([^']+)'/g)) modules.add(`status/${name}`);
    }
    t.ok(modules.has('status/uPlot.esm.js'), [...modules].join());
  });

  t.test('lets nothing in from elsewhere and nothing inline, and is asked about each time', async (t) => {
    for (const path of ['/', '/status/main.js', '/status/style.css', '/status/icon.svg']) {
      const { headers } = await get(origin, path);
      t.match(
        headers.get('content-security-policy'),
        /^default-src 'none'; script-src 'self'; style-src 'self'/,
        path,
      );
      t.notMatch(headers.get('content-security-policy'), /unsafe|http|\*|data:/, path);
      t.equal(headers.get('cache-control'), 'no-cache', path);
      t.equal(headers.get('content-encoding'), 'gzip', path);
      const again = await get(origin, path, { 'if-none-match': headers.get('etag') ?? '' });
      t.same([again.status, again.text], [304, ''], path);
    }
    const packed = await get(origin, '/status/main.js', { 'accept-encoding': 'br, GZIP;q=0.5' });
    t.equal(packed.headers.get('content-encoding'), 'gzip');
    for (const accepted of ['identity', 'gzip;q=0', 'gzip; q=0.00, br']) {
      const headers = { 'accept-encoding': accepted };
      const plain = await get(origin, '/status/main.js', headers);
      t.equal(plain.headers.get('content-encoding'), null, accepted);
      t.equal(plain.text, packed.text);
      const tags = [packed, plain].map((answer) => answer.headers.get('etag') ?? '');
      const again = tags.map((tag) => get(origin, '/status/main.js', { ...headers, 'if-none-match': tag }));
      const statuses = (await Promise.all(again)).map(({ status }) => status);
      t.same(statuses, [200, 304], 'packed and plain bytes are kept apart');
    }
  });

  t.test(
    'is told everything at first, and then once a second what changed, in the same words for all',
    async (t) => {
      const [one, other] = await Promise.all([listen(origin), listen(origin)]);
      t.match(one.response.headers.get('content-type'), 'text/event-stream');
      t.match(one.response.headers.get('cache-control'), /no-store/);
      await until('both heard three seconds', () => one.heard.length > 3 && other.heard.length > 3);
      const [first, ...later] = one.heard;
      t.equal(first?.name, 'everything');
      const { state } = JSON.parse(first?.text ?? '');
      t.match(state, { health: { status: 'healthy' }, database: { breaker: { state: 'closed' } }, errors: [] });
      for (const section of ['backups', 'cache', 'events', 'pool', 'process', 'replicas', 'schema'])
        t.ok(section in state, section);
      const anew = await listen(origin);
      await until('a newcomer is told of the seconds before', () => anew.heard.length > 0);
      const { COLUMNS, BREAKER_OPEN } = await pageState(origin);
      t.equal(BREAKER_OPEN, BREAKER_STATES.indexOf('open'), 'the page reads them as they are meant');
      const { seconds } = JSON.parse(anew.heard[0]?.text ?? '');
      t.ok(seconds.length > 0 && seconds.every((row: unknown[]) => row.length === COLUMNS.length));
      await anew.leave();
      t.ok(later.every(({ name }) => name === 'second'));
      const least = Math.min(...later.map(({ text }) => text.length));
      t.ok(least < 1500, `${least} bytes in a second in which nothing happened`);
      const words = new Set(other.heard.map(({ text }) => text));
      t.ok(later.filter(({ text }) => words.has(text)).length > 0, 'word for word the same');
      await Promise.all([one.leave(), other.leave()]);
    },
  );

  t.test('is told what readers were answered, and machines are not counted among them', async () => {
    const { heard, leave } = await listen(origin);
    for (const path of ['/api/articles', '/api/tags', '/api/articles/nowhere', '/health', '/metrics', '/'])
      await get(origin, path);
    const sums = () =>
      heard
        .filter(({ name }) => name === 'second')
        .map(({ text }) => JSON.parse(text).second as number[])
        .reduce(([answered = 0, wrong = 0], row) => [answered + (row[1] ?? 0), wrong + (row[3] ?? 0)], [0, 0]);
    await until('all were counted', () => sums().join() === '2,1');
    await leave();
  });

  t.test('is no request like the others: nobody measures how long a page was open', async (t) => {
    const { leave, over } = await listen(origin);
    const active = async () =>
      /^http_server_active_requests (\d+)$/m.exec((await get(origin, '/metrics')).text)?.[1];
    t.equal(await active(), '1', 'the scrape itself');
    await leave();
    await over;
    await until('it is gone', async () => {
      const { text } = await get(origin, '/metrics');
      return !text.includes('api/monitoring/live') && /^http_server_aborted_requests_total 0$/m.test(text);
    });
  });

  t.test('answers HEAD with nothing, and does not keep it for a listener', async (t) => {
    const { status, text } = await request(origin, '/api/monitoring/live', { method: 'HEAD' });
    t.same([status, text], [200, '']);
    const { heard, leave } = await listen(origin);
    await until('it is alone', () => {
      const told = heard.map((said) => JSON.parse(said.text).state.process?.listeners);
      return told.at(-1) === 1;
    });
    await leave();
  });

  t.test('is refused when too many are open, until one leaves', async (t) => {
    const pages = await Promise.all(Array.from({ length: 250 }, () => listen(origin)));
    t.ok(pages.every(({ response }) => response.status === 200));
    const refused = await get(origin, '/api/monitoring/live');
    t.equal(refused.status, 503);
    t.match(refused.json, { type: 'urn:steadfast:problem:overloaded', detail: /Too many pages/ });
    t.ok(Number(refused.headers.get('retry-after')) > 0);
    await pages.pop()?.leave();
    await until('there is room again', async () => {
      const page = await listen(origin);
      if (page.response.status === 200) pages.push(page);
      return page.response.status === 200;
    });
    await Promise.all(pages.map(({ leave }) => leave()));
  });

  t.test('hears that the server ends, and does not hold it up', async (t) => {
    const page = await listen(origin);
    steadfast.process.kill('SIGTERM');
    await page.over;
    t.equal(page.heard.at(-1)?.name, 'ending');
    t.equal(await steadfast.ended, 0);
  });
});

test('a page that does not read is dropped, and those that do go on', async (t) => {
  const listeners = new Listeners(2);
  let dropped = 0;
  const deaf = listeners.add('first', () => {
    dropped += 1;
    deaf.destroy();
  });
  let read = 0;
  const reader = listeners.add('first', () => t.fail('it reads'));
  reader.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  t.ok(listeners.isFull);
  const text = 'x'.repeat(100_000);
  for (let turn = 0; turn < 5; turn += 1) {
    listeners.send(text);
    await new Promise(setImmediate);
  }
  t.equal(dropped, 1);
  await until('everything was read', () => read >= 5 * text.length);
  t.equal(listeners.count, 1);
  listeners.end('');
});
