import { type Test, test } from 'tap';
import { apiOf, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import type { Answer } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { decode, forge, keyId } from '../support/tokens.ts';

const KEY = 'the key of today, which is long enough';
const OLDER_KEY = 'the key of yesterday, which is long enough too';
const OTHER_KEY = 'a key that was never one of ours, long enough';

const now = () => Math.floor(Date.now() / 1000);

function isRefused(t: Test, answer: Answer, message: string, what: string): void {
  isProblem(t, answer, 401, 'unauthenticated', ['token']);
  t.same(answer.json.errors, { token: [message] }, what);
}

test('a token', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, JWT_SECRET: KEY, JWT_TTL_SECONDS: '3600' });
  const api = apiOf(origin);
  const token = await register(api, 'ada');
  const { header, payload } = decode(token);
  const read = (given: string) => api('GET', '/api/user', { token: given });

  t.test('says who issued it, by which key, for whom and until when, and nothing else', async (t) => {
    t.same(header, { alg: 'HS256', typ: 'JWT', kid: keyId(KEY) });
    t.same(Object.keys(payload).toSorted(), ['exp', 'iat', 'iss', 'sub', 'ver']);
    t.equal(payload.iss, 'steadfast');
    t.equal(Number(payload.exp) - Number(payload.iat), 3600);
    t.ok(Math.abs(Number(payload.iat) - now()) < 60);
    t.equal((await read(token)).status, 200);
  });

  t.test('may be sent as Token or Bearer, in any case', async (t) => {
    for (const scheme of ['Token', 'Bearer', 'token', 'BEARER']) {
      const headers = { authorization: `${scheme} ${token}` };
      t.equal((await api('GET', '/api/user', { headers })).status, 200, scheme);
    }
  });

  t.test(
    'made by hand with the right key and claims is as good: what follows is refused for its one mistake',
    async (t) => {
      t.equal((await read(forge(KEY, header, payload))).status, 200);
    },
  );

  t.test('that has expired is said to have', async (t) => {
    for (const exp of [now() - 1, now() - 100_000, 1])
      isRefused(t, await read(forge(KEY, header, { ...payload, exp })), 'has expired', `${exp}`);
    const optional = await api('GET', '/api/tags', { token: forge(KEY, header, { ...payload, exp: 1 }) });
    t.equal(optional.status, 200, 'where nobody looks at it');
    const list = await api('GET', '/api/articles', { token: forge(KEY, header, { ...payload, exp: 1 }) });
    isRefused(t, list, 'has expired', 'and where a token is optional');
  });

  const without = (name: string) => Object.fromEntries(Object.entries(payload).filter(([key]) => key !== name));
  const [signed = '', , signature = ''] = [token.slice(0, token.lastIndexOf('.')), '', token.split('.')[2] ?? ''];
  const WRONG: Record<string, string> = {
    'of another issuer': forge(KEY, header, { ...payload, iss: 'somebody' }),
    'of no issuer': forge(KEY, header, without('iss')),
    'of no algorithm': `${forge(KEY, { ...header, alg: 'none' }, payload)
      .split('.')
      .slice(0, 2)
      .join('.')}.`,
    'of no algorithm, signed': forge(KEY, { ...header, alg: 'none' }, payload),
    'of another algorithm': forge(KEY, { ...header, alg: 'HS512' }, payload, 'sha512'),
    'of an asymmetric algorithm': forge(KEY, { ...header, alg: 'RS256' }, payload),
    'of another key': forge(OTHER_KEY, header, payload),
    'of another key that names itself': forge(OTHER_KEY, { ...header, kid: keyId(OTHER_KEY) }, payload),
    'of another key id': forge(KEY, { ...header, kid: 'other' }, payload),
    'of no key id': forge(KEY, { alg: 'HS256', typ: 'JWT' }, payload),
    'of a key id that is no text': forge(KEY, { ...header, kid: 1 }, payload),
    'of a key id that every object has': forge(KEY, { ...header, kid: 'constructor' }, payload),
    'of nobody': forge(KEY, header, without('sub')),
    'of a user that is no number': forge(KEY, header, { ...payload, sub: '1 or 1=1' }),
    'of a user beyond all numbers': forge(KEY, header, { ...payload, sub: '9'.repeat(19) }),
    'of a user that is no text': forge(KEY, header, { ...payload, sub: 1 }),
    'of a user that does not exist': forge(KEY, header, { ...payload, sub: '987654' }),
    'of no version': forge(KEY, header, without('ver')),
    'of another version': forge(KEY, header, { ...payload, ver: 7 }),
    'without an end': forge(KEY, header, without('exp')),
    'whose end is no number': forge(KEY, header, { ...payload, exp: 'never' }),
    'whose payload is a list': forge(KEY, header, '[]'),
    'whose payload is null': forge(KEY, header, 'null'),
    'whose payload is not JSON': forge(KEY, header, '{'),
    'that was cut off': token.slice(0, -4),
    'without its signature': `${signed}.`,
    'of two parts': signed,
    'of four parts': `${token}.${signature}`,
    'with another payload': forge(KEY, header, { ...payload, sub: '1' }).replace(/[^.]+$/, signature),
    'that is garbage': 'garbage',
    'that is dots': '..',
    'that is not base64': 'ä.ö.ü',
    'of endless length': `${token}${'A'.repeat(8000)}`,
  };
  for (const [what, wrong] of Object.entries(WRONG)) {
    t.test(`${what} is invalid`, async (t) => isRefused(t, await read(wrong), 'is invalid', what));
  }

  t.test('and the right one is right still', async (t) => {
    t.equal((await read(token)).status, 200);
  });
});

test('keys can be changed without ending a session', async (t) => {
  const environment = await testEnvironment(t);
  const started = async (keys: Record<string, string>) =>
    apiOf((await startSteadfast(t, { ...environment, ...keys })).origin);
  const before = await started({ JWT_SECRET: OLDER_KEY });
  const [during, after] = [
    await started({ JWT_SECRET: KEY, JWT_PREVIOUS_SECRET: OLDER_KEY }),
    await started({ JWT_SECRET: KEY }),
  ];
  const older = await register(before, 'ada');
  const newer = await register(during, 'grace');
  t.equal(decode(older).header.kid, keyId(OLDER_KEY));
  t.equal(decode(newer).header.kid, keyId(KEY), 'the new one signs');
  const status = async (api: typeof before, token: string) => (await api('GET', '/api/user', { token })).status;

  t.equal(await status(during, older), 200);
  t.equal(await status(during, newer), 200);
  t.equal(await status(after, newer), 200);
  isRefused(t, await after('GET', '/api/user', { token: older }), 'is invalid', 'once the older key is gone');
  isRefused(t, await before('GET', '/api/user', { token: newer }), 'is invalid', 'where the key is not known yet');
});

test('without JWT_SECRET tokens end with the process', async (t) => {
  const environment = await testEnvironment(t);
  const one = apiOf((await startSteadfast(t, environment)).origin);
  const other = apiOf((await startSteadfast(t, environment)).origin);
  const token = await register(one, 'ada');
  t.equal((await one('GET', '/api/user', { token })).status, 200);
  isRefused(t, await other('GET', '/api/user', { token }), 'is invalid', 'elsewhere');
});
