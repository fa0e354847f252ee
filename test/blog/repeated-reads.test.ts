import { type Test, test } from 'tap';
import { Tokens } from '../../src/http/tokens.ts';
import { apiOf, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { type Answer, get, until } from '../support/http.ts';
import { sum } from '../support/samples.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const LIST = '/api/articles';
const ARTICLE = '/api/articles/the-pager-is-a-promise';

/** Those that are another's in each answer, with what they must look like all the same. */
const OWN: Readonly<Record<string, RegExp>> = {
  'x-request-id': /^[\w.-]+$/,
  date: /GMT$/,
  age: /^\d+$/,
  'cache-status': /^Steadfast; hit; ttl=\d+; detail=memory$/,
  'ratelimit-remaining': /^\d+$/,
  'ratelimit-reset': /^\d+$/,
};

const shared = ({ headers }: Answer) => Object.fromEntries([...headers].filter(([name]) => !(name in OWN)));

/** The first answer out of memory goes the whole way; those that follow are it again. */
function isTheSameAgain(t: Test, answer: Answer, first: Answer): void {
  t.equal(answer.status, first.status);
  t.equal(answer.text, first.text);
  t.same(shared(answer), shared(first));
  for (const [name, value] of answer.headers) if (name in OWN) t.match(value, OWN[name] ?? /^$/, name);
  t.same([...answer.headers.keys()], [...first.headers.keys()]);
}

test('what is read again and again is answered as it was', async (t) => {
  const environment = { ...(await testEnvironment(t)), CACHE_FRESH_MS: '600000', TRUST_PROXY: 'true' };
  const { origin } = await startSteadfast(t, { ...environment, RATE_LIMIT_PER_MINUTE: '1000000' });
  const api = apiOf(origin);
  const token = await register(api, 'reader');

  for (const coding of ['identity', 'gzip', 'br']) {
    for (const path of coding === 'identity' ? [LIST, `${LIST}?limit=3`, ARTICLE] : [LIST]) {
      t.test(`${path} as ${coding}`, async (t) => {
        const ask = () => get(origin, path, { 'accept-encoding': coding, 'x-forwarded-for': '203.0.113.9' });
        const isPacked = ({ headers }: Answer) => (headers.get('content-encoding') ?? 'identity') === coding;
        const isInMemory = ({ headers }: Answer) => headers.get('cache-status')?.endsWith('detail=memory') === true;
        let first = await ask();
        await until('it comes out of memory', async () => {
          first = await ask();
          return isInMemory(first) && isPacked(first);
        });
        for (let times = 0; times < 3; times += 1) isTheSameAgain(t, await ask(), first);
      });
    }
  }

  t.test('what the request says besides is heeded as if it were the first', async (t) => {
    const etag = (await get(origin, LIST)).headers.get('etag') ?? '';
    for (let times = 0; times < 3; times += 1) {
      t.equal(
        (await get(origin, LIST, { 'x-request-id': `mine-${times}` })).headers.get('x-request-id'),
        `mine-${times}`,
      );
      t.equal((await get(origin, LIST, { 'if-none-match': etag })).status, 304);
      t.equal((await get(origin, LIST, { authorization: 'Token wrong' })).status, 401);
      t.equal((await get(origin, LIST, { authorization: `Token ${token}` })).status, 200);
      t.equal((await get(origin, LIST, { 'accept-encoding': '' })).status, 200);
      t.equal((await get(origin, LIST, { 'accept-encoding': '', authorization: '' })).status, 401);
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const traced = await get(origin, LIST, { traceparent });
      t.match(traced.headers.get('traceresponse'), '4bf92f3577b34da6a3ce929d0e0e4736');
    }
    const unknown = await get(origin, `${LIST}?limit=nonsense`);
    t.equal(unknown.status, 422, 'other words are another question');
  });

  t.test('a viewer is given what was made for them, as long as it is so', async (t) => {
    const other = await register(api, 'other-reader');
    const read = async (token?: string) => {
      const headers = { 'x-forwarded-for': '203.0.113.9', ...(token && { authorization: `Token ${token}` }) };
      const { json } = await get(origin, ARTICLE, headers);
      return [json.article.favorited, json.article.favoritesCount];
    };
    const again = async (token?: string) => [await read(token), await read(token), await read(token)];
    const [[, count]] = (await again()) as [[boolean, number]];
    for (let times = 0; times < 3; times += 1) {
      await api('POST', `${ARTICLE}/favorite`, { token });
      t.same(await again(token), Array(3).fill([true, count + 1]));
      t.same(await again(other), Array(3).fill([false, count + 1]));
      t.same(await again(), Array(3).fill([false, count + 1]));
      await api('DELETE', `${ARTICLE}/favorite`, { token });
      t.same(await again(token), Array(3).fill([false, count]));
    }
  });

  t.test('an ended token is refused, however often it was good', async (t) => {
    const authorization = `Token ${await register(api, 'leaving')}`;
    for (let times = 0; times < 4; times += 1) t.equal((await get(origin, LIST, { authorization })).status, 200);
    const body = { user: { password: 'another horse' } };
    t.equal((await api('PUT', '/api/user', { token: authorization.slice(6), body })).status, 200);
    t.equal((await get(origin, LIST, { authorization })).status, 401);
  });

  t.test('each counts for the limit of its address', async (t) => {
    const left: number[] = [];
    for (let times = 0; times < 5; times += 1) {
      const { headers } = await get(origin, LIST, { 'x-forwarded-for': '203.0.113.77' });
      left.push(Number(headers.get('ratelimit-remaining')));
    }
    t.same(left, [999_999, 999_998, 999_997, 999_996, 999_995]);
  });

  t.test('a change is in the next answer', async (t) => {
    for (let times = 1; times <= 5; times += 1) {
      await get(origin, ARTICLE);
      await get(origin, ARTICLE);
      const { json } = await api('POST', `${ARTICLE}/favorite`, { token });
      t.equal((await get(origin, ARTICLE)).json.article.favoritesCount, json.article.favoritesCount);
      await api('DELETE', `${ARTICLE}/favorite`, { token });
    }
  });

  t.test('while the schema is not valid, nothing is repeated', async (t) => {
    t.equal((await get(origin, LIST)).status, 200);
    await sql(environment.DATABASE_URL, 'alter table comments rename to comments_before');
    await until('it is refused', async () => (await get(origin, LIST)).status === 503, 60_000);
    await sql(environment.DATABASE_URL, 'alter table comments_before rename to comments');
    await until('it is answered again', async () => (await get(origin, LIST)).status === 200, 60_000);
  });
});

test('a token that has expired is refused, however often it was good', async (t) => {
  const environment = await testEnvironment(t);
  const secret = 'for the tokens of this one test'.padEnd(40, '.');
  const { origin } = await startSteadfast(t, { ...environment, JWT_SECRET: secret });
  const [tom] = await sql<{ id: string }>(environment.DATABASE_URL, "select id from users where username = 'tom'");
  const tokens = new Tokens({ secret, previousSecret: undefined, ttlSeconds: 4 });
  const authorization = `Token ${tokens.issue({ userId: tom?.id ?? '', version: 0 })}`;
  const ask = async () => (await get(origin, LIST, { authorization })).status;
  t.equal(await ask(), 200);
  await until('it is refused', async () => (await ask()) === 401);
});

test('the limit of an address holds for what is repeated', async (t) => {
  const { origin } = await startSteadfast(t, {
    ...(await testEnvironment(t)),
    TRUST_PROXY: 'true',
    RATE_LIMIT_PER_MINUTE: '5',
  });
  const ask = () => get(origin, LIST, { 'x-forwarded-for': '203.0.113.5' });
  const hits = () => sum(origin, 'cache_requests_total', { cache: 'memory', result: 'hit' });
  await until('it is refused within a minute', async () => {
    const { status, headers, json } = await ask();
    if (status === 200) return false;
    t.same(
      [status, json.type, headers.get('ratelimit-remaining')],
      [429, 'urn:steadfast:problem:too-many-requests', '0'],
    );
    return true;
  });
  const before = await hits();
  for (let times = 0; times < 3; times += 1) await ask();
  t.equal(await hits(), before, 'what is refused was not looked up');
  t.equal((await get(origin, LIST, { 'x-forwarded-for': '203.0.113.6' })).status, 200, 'others are not concerned');
});
