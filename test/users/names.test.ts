import { test } from 'tap';
import { type Api, apiOf, logIn, PASSWORD, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { isProblem } from '../support/problems.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const MANY = { LOGIN_LIMIT_PER_MINUTE: '10000' };

const signUp = (api: Api, username: string, email: string, password = PASSWORD) =>
  api('POST', '/api/users', { body: { user: { username, email, password } } });

const profile = (api: Api, username: string) => api('GET', `/api/profiles/${encodeURIComponent(username)}`);

test('names and addresses', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, ...MANY });
  const api = apiOf(origin);

  t.test('are taken whatever their case, and the 409 names which', async (t) => {
    t.equal((await signUp(api, 'Ada', 'Ada@Example.com')).status, 201);
    for (const username of ['Ada', 'ada', 'ADA'])
      isProblem(t, await signUp(api, username, 'new@example.com'), 409, 'conflict', ['username']);
    for (const email of ['Ada@Example.com', 'ada@example.com', 'ADA@EXAMPLE.COM'])
      isProblem(t, await signUp(api, 'new', email), 409, 'conflict', ['email']);
    const token = await register(api, 'grace');
    for (const [user, key] of [
      [{ username: 'aDA' }, 'username'],
      [{ email: 'aDA@example.com' }, 'email'],
    ] as const) {
      const answer = await api('PUT', '/api/user', { token, body: { user } });
      isProblem(t, answer, 409, 'conflict', [key]);
      t.same(answer.json.errors[key], ['has already been taken']);
    }
    t.equal((await api('PUT', '/api/user', { token, body: { user: { username: 'GRACE' } } })).status, 200);
  });

  t.test('are found whatever their case, and shown as they were given', async (t) => {
    for (const username of ['Ada', 'ADA', 'ada'])
      t.equal((await profile(api, username)).json.profile.username, 'Ada');
    for (const email of ['ada@example.com', 'ADA@EXAMPLE.com'])
      t.match((await logIn(api, email, PASSWORD)).json, { user: { username: 'Ada', email: 'Ada@Example.com' } });
  });

  t.test('of thirty registrations at once with one name exactly one succeeds', async (t) => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, number) =>
        signUp(api, number % 2 ? 'Race' : 'race', `race${number}@example.com`),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    t.equal(statuses.filter((status) => status === 201).length, 1, `${statuses}`);
    t.ok(statuses.every((status) => [201, 409, 503].includes(status)));
    const rows = await sql(environment.DATABASE_URL, `select from users where lower(username) = 'race'`);
    t.equal(rows.length, 1);
  });

  const SCRIPTS = {
    'composed and decomposed letters': 'Zoë Ångström',
    'an emoji': 'ada 🥐',
    'an emoji of several': 'the 👩‍👩‍👧‍👦 of 🏳️‍🌈',
    'Arabic, from right to left': 'مترجم وعازف',
    'Hebrew with points': 'שָׁלוֹם',
    Japanese: '星を見る人',
    'Korean letters that are put together': '한국어',
    'signs with a meaning elsewhere': `"'; drop table users; -- <b>\\%_/?#&`,
    'letters beyond the first plane': '𝒜𝒹𝒶',
  };
  for (const [what, name] of Object.entries(SCRIPTS)) {
    t.test(`hold ${what}`, async (t) => {
      const email = `${name}@example.com`;
      const { status, json } = await signUp(api, name.normalize('NFD'), email.normalize('NFD'));
      t.equal(status, 201);
      t.equal(json.user.username, name.normalize('NFC'), 'kept in composed form');
      t.equal(json.user.email, email.normalize('NFC'));
      t.equal((await profile(api, name.normalize('NFC'))).json.profile?.username, name.normalize('NFC'));
      t.equal((await profile(api, name.normalize('NFD'))).json.profile?.username, name.normalize('NFC'));
      t.equal((await logIn(api, email.normalize('NFC'), PASSWORD)).status, 200);
      t.equal((await logIn(api, email.normalize('NFD'), PASSWORD)).status, 200);
      isProblem(t, await signUp(api, name, 'another@example.com'), 409, 'conflict', ['username']);
    });
  }

  t.test('a password may be typed composed or decomposed, as the keyboard has it', async (t) => {
    t.equal((await signUp(api, 'keys', 'keys@example.com', 'Überraschung'.normalize('NFD'))).status, 201);
    t.equal((await logIn(api, 'keys@example.com', 'Überraschung'.normalize('NFC'))).status, 200);
    t.equal((await logIn(api, 'keys@example.com', 'Überraschung'.normalize('NFD'))).status, 200);
  });

  t.test('what PostgreSQL cannot hold is a 422 that names the field', async (t) => {
    const right = { username: 'right', email: 'right@example.com', password: PASSWORD };
    const token = await register(api, 'holder');
    for (const wrong of ['\0', 'a\0b', 'a\ud800', '\udc00b']) {
      for (const field of ['username', 'email', 'password']) {
        const user = { ...right, [field]: wrong };
        isProblem(t, await api('POST', '/api/users', { body: { user } }), 422, 'invalid-request', [field]);
      }
      for (const field of ['email', 'password']) {
        const user = { ...right, [field]: wrong };
        isProblem(t, await api('POST', '/api/users/login', { body: { user } }), 422, 'invalid-request', [field]);
      }
      for (const field of ['username', 'email', 'password', 'bio', 'image']) {
        const answer = await api('PUT', '/api/user', { token, body: { user: { [field]: wrong } } });
        isProblem(t, answer, 422, 'invalid-request', [field]);
      }
    }
  });

  t.test('what is blank or too long is a 422 that names the field', async (t) => {
    const right = { username: 'right', email: 'right@example.com', password: PASSWORD };
    const WRONG: [string, unknown][] = [
      ['username', ''],
      ['username', '   '],
      ['username', 'x'.repeat(65)],
      ['username', null],
      ['username', 5],
      ['email', ''],
      ['email', ' '],
      ['email', 'x'.repeat(255)],
      ['email', ['a@x']],
      ['password', ''],
      ['password', '1234567'],
      ['password', 'x'.repeat(129)],
      ['password', null],
    ];
    for (const [field, value] of WRONG) {
      const user = { ...right, [field]: value };
      isProblem(t, await api('POST', '/api/users', { body: { user } }), 422, 'invalid-request', [field]);
    }
    for (const missing of ['username', 'email', 'password']) {
      const user = Object.fromEntries(Object.entries(right).filter(([name]) => name !== missing));
      isProblem(t, await api('POST', '/api/users', { body: { user } }), 422, 'invalid-request', [missing]);
    }
    t.equal((await signUp(api, '🥐'.repeat(64), 'croissants@example.com')).status, 201, '64 signs, not bytes');
  });
});
