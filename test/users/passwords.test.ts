import { type Argon2Parameters, argon2Sync, randomBytes } from 'node:crypto';
import { test } from 'tap';
import { type Api, apiOf, logIn, PASSWORD, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** argon2id as OWASP recommends it: 19 MiB, two passes, one lane; a salt of 16 bytes and a hash of 32. */
const RECOMMENDED = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

const MANY = { LOGIN_LIMIT_PER_MINUTE: '10000', LOGIN_FAILURES_PER_ACCOUNT: '10000' };

async function hashOf(url: string, username: string): Promise<string> {
  const rows = await sql<{ password_hash: string }>(url, 'select password_hash from users where username = $1', [
    username,
  ]);
  return rows[0]?.password_hash ?? '';
}

/** What an older version of us, or another program, would have stored. */
function olderHash(password: string, memory: number, passes: number): string {
  const nonce = randomBytes(16);
  const parameters: Argon2Parameters = { message: password, nonce, memory, passes, parallelism: 1, tagLength: 32 };
  const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  const hash = unpadded(argon2Sync('argon2id', parameters));
  return `$argon2id$v=19$m=${memory},t=${passes},p=1$${unpadded(nonce)}$${hash}`;
}

test('a password is kept as an argon2id hash and in no other place', async (t) => {
  const environment = await testEnvironment(t);
  const running = await startSteadfast(t, { ...environment, ...MANY, LOG_LEVEL: 'trace' });
  const api = apiOf(running.origin);
  const url = environment.DATABASE_URL;
  const secret = 'hunter2 hunter2 hunter2';

  t.test('in the PHC format, with the recommended parameters', async (t) => {
    const token = await register(api, 'ada', secret);
    const registered = await hashOf(url, 'ada');
    t.match(registered, RECOMMENDED);
    await api('PUT', '/api/user', { token, body: { user: { password: `${secret} too` } } });
    const changed = await hashOf(url, 'ada');
    t.match(changed, RECOMMENDED);
    t.not(changed, registered);
    t.equal((await logIn(api, 'ada@example.com', `${secret} too`)).status, 200);
    t.equal((await logIn(api, 'ada@example.com', secret)).status, 401);
  });

  t.test('with a salt of its own: equal passwords do not look equal', async (t) => {
    await register(api, 'grace', secret);
    await register(api, 'mary', secret);
    t.not(await hashOf(url, 'grace'), await hashOf(url, 'mary'));
  });

  t.test('that is used whole: neither cut at 72 bytes nor bent in case', async (t) => {
    const long = `${'0123456789'.repeat(12)}end`;
    await register(api, 'long', long);
    t.equal((await logIn(api, 'long@example.com', long)).status, 200);
    for (const other of [long.slice(0, -1), long.slice(0, 72), `${long} `, long.toUpperCase()])
      t.equal((await logIn(api, 'long@example.com', other)).status, 401, `${other.length} characters`);
  });

  t.test('and neither the log, nor errors, nor metrics, nor any column know it', async (t) => {
    const answers = [
      await api('POST', '/api/users', { body: { user: { username: 'ada', email: 'x@x', password: secret } } }),
      await api('POST', '/api/users', { body: { user: { username: '', email: '', password: secret } } }),
      await api('POST', '/api/users', { body: `{"user":{"password":"${secret}"` }),
      await logIn(api, 'ada@example.com', secret),
      await logIn(api, `${secret}@example.com`, secret),
      await api('GET', `/api/profiles/ada`),
      await get(running.origin, '/metrics'),
      await get(running.origin, '/api/monitoring/performance'),
    ];
    for (const { text } of answers) t.notMatch(text, 'hunter2');
    await get(running.origin, '/api/tags', { 'x-request-id': 'after-the-passwords' });
    await until('it is logged', () => running.log.some(({ reqId }) => reqId === 'after-the-passwords'));
    t.notMatch(JSON.stringify(running.log), 'hunter2');
    t.notMatch(JSON.stringify(running.log), 'argon2id');
    const rows = await sql<{ row: string }>(url, `select users::text as row from users`);
    t.notMatch(rows.map(({ row }) => row).join('\n'), 'hunter2');
  });
});

test('a hash with older parameters is replaced at the next login, and only then', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, ...MANY });
  const api = apiOf(origin);
  const url = environment.DATABASE_URL;

  for (const [memory, passes] of [
    [4096, 3],
    [19_456, 1],
    [65_536, 2],
  ] as const) {
    t.test(`m=${memory}, t=${passes}`, async (t) => {
      const older = olderHash(PASSWORD, memory, passes);
      await sql(url, `update users set password_hash = $1 where username = 'tom'`, [older]);
      t.equal((await logIn(api, 'tom@example.com', 'wrong')).status, 401);
      t.equal(await hashOf(url, 'tom'), older, 'a wrong password changes nothing');
      const { status, json } = await logIn(api, 'tom@example.com', PASSWORD);
      t.equal(status, 200);
      const newer = await hashOf(url, 'tom');
      t.match(newer, RECOMMENDED);
      t.equal((await logIn(api, 'tom@example.com', PASSWORD)).status, 200);
      t.equal(await hashOf(url, 'tom'), newer, 'once is enough');
      t.equal((await api('GET', '/api/user', { token: json.user.token })).status, 200, 'and no session ends');
    });
  }

  t.test('what is no hash of ours fits no password', async (t) => {
    for (const stored of ['!', '', PASSWORD, '$2b$10$abcdefghijklmnopqrstuv', '$argon2id$v=19$m=19456,t=2,p=1$$']) {
      await sql(url, `update users set password_hash = $1 where username = 'tom'`, [stored]);
      t.equal((await logIn(api, 'tom@example.com', PASSWORD)).status, 401, stored);
    }
  });
});

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

test('a wrong password and an unknown address cannot be told apart', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, ...MANY });
  const api: Api = apiOf(origin);
  await sql(
    environment.DATABASE_URL,
    `insert into users (username, email, password_hash) values ('bare', 'bare@x', '!')`,
  );
  const times: Record<string, number[]> = { 'tom@example.com': [], 'nobody@example.com': [], 'bare@x': [] };
  const bodies = new Set<string>();
  // Taken in turns, so that a slow moment of the machine is one of all of them.
  for (let round = 0; round < 15; round += 1) {
    for (const [email, taken] of Object.entries(times)) {
      const answer = await logIn(api, email, 'wrong password');
      isProblem(t, answer, 401, 'unauthenticated', ['credentials']);
      t.same(answer.json.errors, { credentials: ['invalid'] });
      bodies.add(JSON.stringify({ ...answer.json, requestId: '', traceId: '' }));
      taken.push(answer.ms);
    }
  }
  t.equal(bodies.size, 1, 'the same words');
  const medians = Object.values(times).map(median);
  const said = `${medians.map((ms) => ms.toFixed(1))} ms`;
  // Without the hash the answer would take a tenth.
  t.ok(Math.max(...medians) < 2 * Math.min(...medians), said);
});
