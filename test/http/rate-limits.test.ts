import { type Test, test } from 'tap';
import { type Api, apiOf, logIn } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import type { Answer } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { startSteadfast } from '../support/steadfast.ts';

const PASSWORD = 'steadfast-sample';

/** As a proxy says it: a request from that address. */
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

const remaining = ({ headers }: Answer) => Number(headers.get('ratelimit-remaining'));

/** It is a 429 problem that says how long to wait. */
function isOneTooMany(t: Test, answer: Answer, longestSeconds: number): void {
  isProblem(t, answer, 429, 'too-many-requests', ['request']);
  const retryAfter = Number(answer.headers.get('retry-after'));
  t.ok(Number.isInteger(retryAfter) && retryAfter >= 1 && retryAfter <= longestSeconds, `${retryAfter} s`);
  t.equal(answer.headers.get('ratelimit-remaining'), '0');
  t.match(answer.json.detail, `Please wait ${retryAfter} s`);
}

/** Spends a budget of the minute; where a new minute begins in between, once more in that one. */
async function spend(call: () => Promise<Answer>, times: number): Promise<Answer[]> {
  for (;;) {
    const minute = Math.floor(Date.now() / 60_000);
    const answers: Answer[] = [];
    for (let done = 0; done < times; done += 1) answers.push(await call());
    if (minute === Math.floor(Date.now() / 60_000)) return answers;
  }
}

test('logins and registrations are limited by address', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, {
    ...environment,
    TRUST_PROXY: 'true',
    LOGIN_LIMIT_PER_MINUTE: '4',
    LOGIN_FAILURES_PER_ACCOUNT: '1000',
  });
  const api = apiOf(origin);
  const attempt = (address: string, password = 'wrong') => logIn(api, 'tom@example.com', password, from(address));

  t.test('right or wrong, each counts, and the headers say what is left', async (t) => {
    for (const [left, password, status] of [
      [3, 'wrong', 401],
      [2, PASSWORD, 200],
      [1, 'wrong', 401],
    ] as const) {
      const answer = await attempt('203.0.113.1', password);
      t.equal(answer.status, status);
      t.equal(answer.headers.get('ratelimit-limit'), '4');
      t.equal(remaining(answer), left);
      const reset = Number(answer.headers.get('ratelimit-reset'));
      t.ok(reset > 0 && reset <= 60, `${reset} s`);
    }
    const user = { username: 'ada', email: 'ada@example.com', password: 'correct horse' };
    const registered = await api('POST', '/api/users', { body: { user }, ...from('203.0.113.1') });
    t.equal(registered.status, 201, 'a registration is one of them');
    isOneTooMany(t, await attempt('203.0.113.1', PASSWORD), 60);
    const again = await api('POST', '/api/users', { body: { user }, ...from('203.0.113.1') });
    isOneTooMany(t, again, 60);
  });

  t.test('other addresses are as free as before, and reading is another matter', async (t) => {
    t.equal((await attempt('203.0.113.2', PASSWORD)).status, 200);
    t.equal((await attempt('2001:db8::1', PASSWORD)).status, 200);
    t.equal((await api('GET', '/api/tags', from('203.0.113.1'))).status, 200);
  });

  t.test(
    'a port beside the address is none of it, and what is no address is the connection it came by',
    async (t) => {
      const alike = {
        '203.0.113.11': ['203.0.113.11:51000', '203.0.113.11', '203.0.113.11:51001', 'a proxy, 203.0.113.11:51002'],
        '2001:db8:7::/64': ['[2001:db8:7::1]:51000', '2001:db8:7::2', '[2001:db8:7::3]', '[2001:db8:7::4]:51001'],
        'the connection': ['unknown', '_hidden', '203.0.113', '[::1'],
      };
      for (const [address, forms] of Object.entries(alike)) {
        const answers = await spend(async () => {
          const form = forms.shift() ?? '';
          forms.push(form);
          return attempt(form);
        }, forms.length);
        t.same(answers.map(remaining).sort(), [0, 1, 2, 3], address);
      }
    },
  );

  t.test('a request that says nothing is no attempt', async (t) => {
    for (let done = 0; done < 6; done += 1) {
      const { status } = await api('POST', '/api/users/login', { body: { user: {} }, ...from('203.0.113.3') });
      t.equal(status, 422);
    }
    t.equal((await attempt('203.0.113.3', PASSWORD)).status, 200);
  });

  t.test('an address that the client made up does not count, only what the proxy itself adds', async (t) => {
    for (let done = 0; done < 4; done += 1) {
      t.equal((await attempt(`198.51.100.${done}, 203.0.113.4`)).status, 401);
    }
    isOneTooMany(t, await attempt('198.51.100.77, 203.0.113.4'), 60);
    isOneTooMany(t, await attempt('127.0.0.1, 203.0.113.4'), 60);
  });
});

test('wrong passwords are limited by account', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, {
    ...environment,
    LOGIN_LIMIT_PER_MINUTE: '1000',
    LOGIN_FAILURES_PER_ACCOUNT: '3',
  });
  const api = apiOf(origin);

  t.test('then the right one is refused too, whatever the case of the address', async (t) => {
    for (let done = 0; done < 3; done += 1) t.equal((await logIn(api, 'tom@example.com', 'wrong')).status, 401);
    for (const email of ['tom@example.com', 'TOM@example.com']) {
      const answer = await logIn(api, email, PASSWORD);
      isOneTooMany(t, answer, 900);
      t.ok(Number(answer.headers.get('retry-after')) > 60, 'for longer than a minute');
    }
  });

  t.test('other accounts are free', async (t) => {
    t.equal((await logIn(api, 'ines@example.com', PASSWORD)).status, 200);
  });

  t.test('an account that does not exist is treated the same, so that the limit tells nothing', async (t) => {
    for (let done = 0; done < 3; done += 1) t.equal((await logIn(api, 'nobody@x', 'wrong')).status, 401);
    isOneTooMany(t, await logIn(api, 'nobody@x', 'wrong'), 900);
  });

  t.test('right passwords are no failures', async (t) => {
    for (let done = 0; done < 6; done += 1) t.equal((await logIn(api, 'ines@example.com', PASSWORD)).status, 200);
  });
});

test('the general budget of an address', async (t) => {
  const environment = await testEnvironment(t);
  const settings = { ...environment, TRUST_PROXY: 'true', RATE_LIMIT_PER_MINUTE: '30' };
  const { origin } = await startSteadfast(t, settings);
  const api = apiOf(origin);
  const read = (address: string, path = '/api/tags') => api('GET', path, from(address));

  t.test('counts every request, and the headers say what is left', async (t) => {
    const answers = await spend(() => read('203.0.113.1'), 31);
    t.same(answers.slice(0, 30).map(remaining), [...Array(30).keys()].reverse());
    t.ok(answers.slice(0, 30).every(({ status }) => status === 200));
    t.equal(answers[0]?.headers.get('ratelimit-limit'), '30');
    const reset = Number(answers[0]?.headers.get('ratelimit-reset'));
    t.ok(reset >= 1 && reset <= 60, `${reset} s`);
    if (answers[30] !== undefined) isOneTooMany(t, answers[30], 60);
  });

  t.test('refusals count too, and come before everything else', async (t) => {
    const answers = await spend(() => read('203.0.113.2', '/api/articles?limit=x'), 31);
    t.same([...new Set(answers.slice(0, 30).map(({ status }) => status))], [422]);
    t.equal(answers[30]?.status, 429);
  });

  t.test('is each address its own, and this machine itself has none', async (t) => {
    t.equal((await read('203.0.113.3')).status, 200);
    const answers = await spend(() => api('GET', '/api/tags'), 40);
    t.ok(answers.every(({ status }) => status === 200));
    t.notOk(answers[0]?.headers.has('ratelimit-limit'));
  });

  t.test('health and metrics are not of it', async (t) => {
    await spend(() => read('203.0.113.4'), 31);
    for (const path of ['/livez', '/health', '/metrics']) t.equal((await read('203.0.113.4', path)).status, 200);
  });
});

test('RATE_LIMIT_PER_MINUTE=0 is no limit', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, TRUST_PROXY: 'true', RATE_LIMIT_PER_MINUTE: '0' });
  const answer = await apiOf(origin)('GET', '/api/tags', from('203.0.113.1'));
  t.equal(answer.status, 200);
  t.notOk(answer.headers.has('ratelimit-limit'));
});

test('without TRUST_PROXY nobody can choose an address', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, LOGIN_LIMIT_PER_MINUTE: '2' });
  const api: Api = apiOf(origin);
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const answer = await logIn(api, `nobody-${attempt}@example.com`, 'wrong', from(`203.0.113.${attempt}`));
    statuses.push(answer.status);
  }
  t.same(new Set(statuses), new Set([401, 429]), 'whoever comes through a proxy counts as that proxy');
});

test('this machine itself is not limited', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, LOGIN_LIMIT_PER_MINUTE: '2' });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    t.equal((await logIn(apiOf(origin), `nobody-${attempt}@example.com`, 'wrong')).status, 401);
  }
});

test('an IPv6 customer has one budget, whichever address of the network it is', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, TRUST_PROXY: 'true', LOGIN_LIMIT_PER_MINUTE: '2' });
  const statuses: number[] = [];
  for (const address of ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8::dead:beef', '2001:db8:0:1::1']) {
    statuses.push((await logIn(apiOf(origin), 'nobody@example.com', 'wrong', from(address))).status);
  }
  t.same(statuses, [401, 401, 429, 401]);
});
