import type { Test } from 'tap';
import { as, caller, login, register, uniqueName } from './conduit.ts';
import { BLANK, complainsOf, isRefused, NO_TOKEN, TAKEN } from './refused.ts';
import { differences } from './shapes.ts';

const USER = {
  user: { email: 'string', token: 'string', username: 'string', bio: 'string or null', image: 'string or null' },
} as const;

export async function walkAccounts(t: Test, origin: string): Promise<void> {
  const nobody = caller(origin);
  const username = uniqueName('ada');
  const user = { username, email: `${username}@example.com`, password: '8 plain!' };

  const registered = await nobody.post('/users', { user });
  t.equal(registered.status, 201, 'registration is 201');
  t.same(differences(registered.json, USER), []);
  t.match(registered.json.user, { username, email: user.email, bio: null, image: null });

  for (const field of ['username', 'email', 'password'] as const) {
    const without = { ...user, [field]: undefined };
    isRefused(t, await nobody.post('/users', { user: without }), 422, { [field]: [BLANK] }, `no ${field}`);
    const empty = await nobody.post('/users', { user: { ...user, [field]: '' } });
    complainsOf(t, empty, 422, field, `an empty ${field}`);
    if (field !== 'password') t.same(empty.json.errors[field], [BLANK]);
    complainsOf(t, await nobody.post('/users', { user: { ...user, [field]: null } }), 422, field);
  }
  for (const field of ['username', 'email'] as const) {
    const blank = { ...user, username: uniqueName('x'), email: `${uniqueName('x')}@example.com`, [field]: '   ' };
    isRefused(t, await nobody.post('/users', { user: blank }), 422, { [field]: [BLANK] }, `blanks as ${field}`);
  }
  const other = { username: uniqueName('bob'), email: `${uniqueName('bob')}@example.com`, password: 'another one' };
  const sameName = { ...other, username: username.toUpperCase() };
  isRefused(t, await nobody.post('/users', { user: sameName }), 409, { username: [TAKEN] });
  isRefused(t, await nobody.post('/users', { user: { ...other, email: user.email } }), 409, { email: [TAKEN] });

  const loggedIn = await login(origin, user.email, user.password);
  t.equal(loggedIn.status, 200);
  t.same(differences(loggedIn.json, USER), []);
  t.match(loggedIn.json.user, { username, email: user.email });
  t.equal((await as(origin, loggedIn.json.user.token).get('/user')).status, 200, 'its token is good');
  isRefused(t, await login(origin, user.email, 'a wrong one'), 401, { credentials: ['invalid'] });
  isRefused(t, await login(origin, `no-${user.email}`, user.password), 401, { credentials: ['invalid'] });
  isRefused(t, await login(origin, '', user.password), 422, { email: [BLANK] });
  isRefused(t, await login(origin, user.email, ''), 422, { password: [BLANK] });
}

export async function walkOwnAccount(t: Test, origin: string): Promise<void> {
  const ada = await register(origin);
  const { username, email, token, call } = ada;
  const own = { user: { email, token, username, bio: null, image: null } };
  const put = (user: object) => call.put('/user', { user });

  for (const scheme of ['Token', 'Bearer']) {
    const { status, json } = await caller(origin, `${scheme} ${token}`).get('/user');
    t.equal(status, 200, scheme);
    t.same(json, own, scheme);
  }
  isRefused(t, await caller(origin).get('/user'), 401, NO_TOKEN);
  isRefused(t, await caller(origin).put('/user', { user: { bio: 'x' } }), 401, NO_TOKEN);
  for (const wrong of [`Token ${token}x`, 'Token', `Basic ${token}`, 'Token a.b.c']) {
    isRefused(t, await caller(origin, wrong).get('/user'), 401, { token: ['is invalid'] }, wrong);
  }

  const image = 'https://example.com/ada.png';
  t.same((await put({ bio: 'I write.', image })).json, { user: { ...own.user, bio: 'I write.', image } });
  t.same((await call.get('/user')).json.user.bio, 'I write.', 'and it stays');
  t.same((await put({ bio: '' })).json.user, { ...own.user, image }, '"" makes the bio null, and leaves the rest');
  t.same((await put({ image: '' })).json, own, '"" makes the image null');
  await put({ bio: 'again', image });
  t.same((await put({ bio: null, image: null })).json, own, 'null does, too');
  t.same((await call.get('/user')).json, own);
  t.same((await put({})).json, own, 'what is left out stays');

  for (const field of ['email', 'username'] as const) {
    isRefused(t, await put({ [field]: '' }), 422, { [field]: [BLANK] }, `"" as ${field}`);
    complainsOf(t, await put({ [field]: null }), 422, field, `null as ${field}`);
  }
  const eve = await register(origin);
  isRefused(t, await put({ username: eve.username }), 409, { username: [TAKEN] });
  isRefused(t, await put({ email: eve.email.toUpperCase() }), 409, { email: [TAKEN] });

  const renamed = uniqueName('renamed');
  const changed = await put({ username: renamed, email: `${renamed}@example.com` });
  t.match(changed.json.user, { username: renamed, email: `${renamed}@example.com`, token });
  t.equal((await caller(origin).get(`/profiles/${renamed}`)).status, 200, 'the new name is there at once');
  t.equal((await caller(origin).get(`/profiles/${username}`)).status, 404, 'the old one is not');
  await walkPasswords(t, origin, { token, email: `${renamed}@example.com`, password: ada.password });
}

async function walkPasswords(
  t: Test,
  origin: string,
  { token, email, password }: { token: string; email: string; password: string },
): Promise<void> {
  let session = token;
  const put = (to: unknown) => as(origin, session).put('/user', { user: { password: to } });
  for (const refused of ['', null, '7 chars']) complainsOf(t, await put(refused), 422, 'password', String(refused));
  t.equal((await login(origin, email, password)).status, 200, 'the old password is still the password');
  for (const accepted of ['aaaaaaaa', '8'.repeat(64)]) {
    const { status, json } = await put(accepted);
    t.equal(status, 200, `${accepted.length} characters, no rules about which`);
    t.equal((await as(origin, session).get('/user')).status, 401, 'tokens of before have ended');
    session = json.user.token;
    t.equal((await as(origin, session).get('/user')).status, 200, 'the token in the answer is good');
    t.equal((await login(origin, email, accepted)).status, 200, 'and so is the new password');
  }
  t.equal((await login(origin, email, password)).status, 401, 'the old one is not');
}
