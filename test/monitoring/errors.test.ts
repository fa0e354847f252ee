import { Registry } from 'prom-client';
import { test } from 'tap';
import { framesOf, shapeOf, withoutValues } from '../../src/monitoring/errors/error-shape.ts';
import { ErrorTracker } from '../../src/monitoring/errors/error-tracker.ts';
import { apiOf, PASSWORD, publish, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { scrape } from '../support/samples.ts';
import { differences, type Shape } from '../support/shapes.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const REPORT: Shape = {
  timestamp: 'time',
  errors: [
    {
      fingerprint: 'string',
      type: 'string',
      message: 'string',
      frames: ['string'],
      count: 'integer',
      first_seen_at: 'time',
      last_seen_at: 'time',
      last_route: 'string',
      last_statement: 'string or null',
      last_request_id: 'string or null',
    },
  ],
};

/** A mistake in the database that nobody foresaw, as chatty as PostgreSQL's own. */
const TRAPS = `
  create function trap() returns trigger language plpgsql as $$
  begin
    raise exception 'nothing may be like "%"', new using
      detail = format('Key (all)=(%s) is so.', new), hint = format('Not %s', new), column = 'here';
  end $$;
  create trigger trap before insert on comments for each row execute function trap();
  create trigger trap before update on articles for each row execute function trap();
`;

test('an unexpected error', async (t) => {
  const environment = await testEnvironment(t);
  const { origin, log } = await startSteadfast(t, environment);
  const api = apiOf(origin);
  t.same((await get(origin, '/api/monitoring/errors')).json.errors, []);
  const token = await register(api, 'ada');
  const slug = await publish(api, token, 'One');
  await sql(environment.DATABASE_URL, TRAPS);

  const comment = (secret: string) =>
    api('POST', `/api/articles/${slug}/comments`, { token, body: { comment: { body: secret } } });
  const answers = [
    await comment('hunter2"'),
    await comment('"hunter2 \n"'),
    await comment('hello\n at hunter2 secret'),
    await comment(`hunter2 ${PASSWORD}`),
  ];
  const change = await api('PUT', `/api/articles/${slug}`, { token, body: { article: { body: 'hunter2' } } });
  const ids = [...answers, change].map(({ headers }) => headers.get('x-request-id'));
  const linesOf = (id: string | null | undefined) => log.filter(({ reqId }) => reqId === id);
  await until('all is logged', () => ids.every((id) => linesOf(id).length === 2));

  t.test('is told to the client without what is inside', async (t) => {
    for (const { status, text } of [...answers, change]) {
      t.equal(status, 500);
      t.notMatch(text, /nothing may be|hunter2|trap/);
    }
  });

  t.test('is logged once, with what is needed to find it', async (t) => {
    const [line, request] = linesOf(ids[0]);
    t.match(line, {
      msg: 'unexpected error',
      level: 50,
      route: 'POST /api/articles/:slug/comments',
      statement: /^comments\./,
      fingerprint: /^[0-9a-f]{8}$/,
      err: {
        type: 'error',
        code: 'P0001',
        message: 'nothing may be like "…"',
        column: 'here',
        stack: /transaction\.ts/,
      },
    });
    t.match(request, { msg: 'request', status: 500, problem: 'internal-error' });
    t.notOk(Object.hasOwn(request ?? {}, 'err'));
  });

  t.test('is counted by its kind, whatever the values were', async (t) => {
    const { status, json, text } = await get(origin, '/api/monitoring/errors');
    t.equal(status, 200);
    t.same(differences(json, REPORT), []);
    const [changed, commented, ...others] = json.errors;
    t.same(others, []);
    t.match(changed, { count: 1, last_route: 'PUT /api/articles/:slug', last_request_id: ids[4] });
    t.match(commented, { count: 4, last_route: 'POST /api/articles/:slug/comments', last_request_id: ids[3] });
    t.match(commented, { type: 'error P0001', message: 'nothing may be like "…"', last_statement: /^comments\./ });
    t.match(commented.frames[0], /^\w+ src\/database\/transaction\.ts:\d+$/);
    t.ok(commented.first_seen_at <= commented.last_seen_at);
    t.not(changed.fingerprint, commented.fingerprint);
    t.notMatch(text, /hunter2|Key \(/);
    const metrics = await scrape(origin);
    t.equal(metrics.sum('unexpected_errors_total', { fingerprint: commented.fingerprint }), 4);
    t.equal(metrics.sum('unexpected_errors_total'), 5);
  });

  t.test('has no value of anybody in the log', async (t) => {
    const whole = JSON.stringify(log);
    t.notMatch(whole, /hunter2|Key \(|ada@example\.com/);
    t.notOk(whole.includes(PASSWORD));
  });
});

test('an unexpected error of what is loaded ahead of time is told too, though every reader was answered', async (t) => {
  const environment = { ...(await testEnvironment(t)), CACHE_FRESH_MS: '2000' };
  const { origin, log } = await startSteadfast(t, environment);
  const inBackground = () => log.filter(({ route }) => route === 'background');
  const read = () => get(origin, '/api/tags');
  // Once more where the machine paused for longer than the last part of the fresh time.
  await until(
    'a load in the background has failed',
    async () => {
      await sql(environment.DATABASE_URL, 'alter table if exists tags_away rename to tags');
      await until('it is loaded', async () => (await read()).status === 200);
      await sql(environment.DATABASE_URL, 'alter table tags rename to tags_away');
      await until('it has expired', async () => (await read()).status === 500);
      return inBackground().length > 0;
    },
    60_000,
  );
  const [line] = inBackground();
  t.match(line, {
    msg: 'unexpected error',
    level: 50,
    statement: /^tags\./,
    err: { code: '42P01', stack: / {4}at / },
  });
  const { text } = await get(origin, '/metrics');
  t.match(text, new RegExp(`unexpected_errors_total{fingerprint="${line?.fingerprint}"}`));
  const { json } = await get(origin, '/api/monitoring/errors');
  t.same(differences(json, REPORT), []);
});

test('an error outside of any request ends the process, and has no value in it either', async (t) => {
  // The stack names the module, and that is this text: the value must not be in it as a whole.
  const mistake =
    "const value = 'hunter' + 2; process.on('SIGUSR2', () => { " +
    `throw Object.assign(new Error('not "' + value + '"'), { detail: value }) })`;
  const running = await startSteadfast(t, {
    DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/nowhere',
    REDIS_URL: 'redis://127.0.0.1:1',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(mistake)}`,
  });
  let stderr = '';
  running.process.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  running.process.kill('SIGUSR2');
  t.equal(await running.ended, 1);
  await until('it is logged', () => running.log.some(({ level }) => level === 60));
  t.match(
    running.log.find(({ level }) => level === 60),
    { err: { message: 'not "…"', stack: /at / } },
  );
  t.equal(stderr, '');
  t.notMatch(JSON.stringify(running.log), /hunter2/);
});

test('however many kinds of errors there are, fifty are remembered and the metric has fifty series, and the others', async (t) => {
  const registry = new Registry();
  const tracker = new ErrorTracker([registry]);
  const failures = Array.from({ length: 120 }, (_, index) => {
    class Failure extends Error {
      override name = `Failure${String.fromCharCode(97 + (index % 26))}${String.fromCharCode(97 + index / 26)}`;
    }
    return new Failure('it failed');
  });
  const place = { requestId: 'one', route: 'GET /', statement: undefined };
  for (const failure of failures) for (let n = 0; n < 2; n += 1) tracker.track(failure, place);
  t.equal(tracker.recent().length, 50);
  t.equal(tracker.recent()[0]?.type, failures.at(-1)?.name, 'the last comes first');
  t.ok(tracker.recent().every(({ count }) => count === 2));
  const values = (await registry.getSingleMetric('unexpected_errors_total')?.get())?.values ?? [];
  t.equal(values.length, 51);
  t.equal(values.find(({ labels }) => labels.fingerprint === 'other')?.value, 140);

  const [one, other] = [tracker.track('thrown text', place), tracker.track({ thrown: 'secret' }, place)];
  t.match([one.type, other.type], ['string', 'object']);
  t.notMatch(JSON.stringify(tracker.recent()), /secret|thrown text/);
});

test('a fingerprint is of where in our code it was, which neither edits nor callers change', async (t) => {
  const source = (file: string) => new URL(`../../src/${file}`, import.meta.url).href;
  const failure = (message: string, line: number) => {
    const frames = [
      `    at ${source('cache/one.ts')}:${line}:7`,
      `    at async two (${source('blog/two.ts')}:${line + 1}:9)`,
      `    at async Promise.all (index ${line})`,
    ];
    return Object.assign(new Error(message), { stack: ['Error: ', message, '\n', frames.join('\n')].join('') });
  };
  const shape = shapeOf(failure('it failed', 10));
  t.same(shape.frames, ['src/cache/one.ts:10', 'two src/blog/two.ts:11']);
  t.equal(shape.fingerprint, shapeOf(failure('it failed', 250)).fingerprint);

  const forged = (name: string) => `it "failed\n    at forged (${source(name)}:1:1)"`;
  t.same(shapeOf(failure(forged('one.ts'), 10)).frames, shape.frames);
  t.equal(shapeOf(failure(forged('one.ts'), 10)).fingerprint, shapeOf(failure(forged('two.ts'), 20)).fingerprint);

  const changed = failure(forged('one.ts'), 10);
  changed.message = 'another one by now';
  t.equal(framesOf(changed), '', 'nobody can tell what of it is a frame');
  t.match(framesOf(new Error('')), /^ +at /);
});

test('a long text costs no more than its length, and what is quoted in it does not get through', async (t) => {
  const long = 'a'.repeat(1_000_000);
  t.equal(withoutValues(`"${long}" and ada@example.com, <ada@example.com>`), '"…" and …@… <…@…');
  t.match(withoutValues(long), /^a{300}$/);
});
