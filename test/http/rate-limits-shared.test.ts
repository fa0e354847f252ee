import { test } from 'tap';
import { type Api, apiOf, logIn } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const PASSWORD = 'steadfast-sample';
const SETTINGS = {
  TRUST_PROXY: 'true',
  LOGIN_LIMIT_PER_MINUTE: '4',
  LOGIN_FAILURES_PER_ACCOUNT: '3',
  RATE_LIMIT_PER_MINUTE: '50',
};

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

async function statuses(times: number, call: () => Promise<{ status: number }>): Promise<number[]> {
  const seen: number[] = [];
  for (let done = 0; done < times; done += 1) seen.push((await call()).status);
  return seen;
}

const redisOf = async (origin: string) => (await get(origin, '/health')).json.checks.redis.status;

test('two servers on one Redis count together', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...SETTINGS, RATE_LIMIT_PER_MINUTE: '5000' };
  const servers = await Promise.all([startSteadfast(t, environment), startSteadfast(t, environment)]);
  const [one, other] = servers.map(({ origin }) => apiOf(origin)) as [Api, Api];
  for (const { origin } of servers) await until('Redis is up', async () => (await redisOf(origin)) === 'pass');

  t.test('logins by address', async (t) => {
    t.same(await statuses(2, () => logIn(one, 'hanna@example.com', PASSWORD, from('203.0.113.1'))), [200, 200]);
    t.same(await statuses(2, () => logIn(other, 'hanna@example.com', PASSWORD, from('203.0.113.1'))), [200, 200]);
    for (const api of [one, other])
      t.equal((await logIn(api, 'hanna@example.com', PASSWORD, from('203.0.113.1'))).status, 429);
  });

  t.test('wrong passwords by account', async (t) => {
    t.same(await statuses(2, () => logIn(one, 'tom@example.com', 'wrong', from('203.0.113.2'))), [401, 401]);
    t.same(await statuses(1, () => logIn(other, 'tom@example.com', 'wrong', from('203.0.113.3'))), [401]);
    for (const api of [one, other])
      t.equal((await logIn(api, 'tom@example.com', PASSWORD, from('203.0.113.4'))).status, 429);
  });

  t.test('requests by address, soon', async () => {
    const address = from('203.0.113.5');
    const own = new Map<number, number>();
    await until('the other counts what this one was asked', async () => {
      await one('GET', '/api/tags', address);
      const minute = Math.floor(Date.now() / 60_000);
      const asked = (own.get(minute) ?? 0) + 1;
      own.set(minute, asked);
      const { headers } = await other('GET', '/api/tags', address);
      return 5000 - Number(headers.get('ratelimit-remaining')) > asked;
    });
  });
});

test('while Redis is stopped, each server limits for itself', async (t) => {
  const servers = await privateServers(t);
  const environment = { DATABASE_URL: servers.postgres.url, REDIS_URL: servers.redis.url, ...SETTINGS };
  const { origin } = await startSteadfast(t, environment);
  const api = apiOf(origin);
  await until('Redis is up', async () => (await redisOf(origin)) === 'pass');

  t.test('nobody waits for one that hangs', async (t) => {
    await inflict('freeze', servers.redis);
    const times: number[] = [];
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4', '203.0.113.5']) {
      const read = await api('GET', '/api/tags', from(address));
      const login = await logIn(api, 'ines@example.com', PASSWORD, from(address));
      t.same([read.status, login.status], [200, 200]);
      times.push(read.ms, login.ms);
    }
    // A few commands of 50 ms each at the very worst, next to the hashing.
    t.ok(Math.max(...times) < 1500, `${times.map(Math.round)} ms`);
    await inflict('thaw', servers.redis);
  });

  t.test('logins by address and by account, and requests', async (t) => {
    await inflict('kill', servers.redis);
    await until('it is noticed', async () => (await redisOf(origin)) === 'fail');
    const address = from('203.0.113.9');
    t.same(
      await statuses(5, () => logIn(api, 'ines@example.com', PASSWORD, address)),
      [200, 200, 200, 200, 429],
      'by address',
    );
    t.same(await statuses(3, () => logIn(api, 'tom@example.com', 'wrong', from('203.0.113.10'))), [401, 401, 401]);
    t.equal((await logIn(api, 'tom@example.com', PASSWORD, from('203.0.113.11'))).status, 429, 'by account');
    const reads = await statuses(130, () => api('GET', '/api/tags', from('203.0.113.12')));
    t.ok(reads.includes(429), 'and in general');
    t.ok(reads.filter((status) => status === 200).length <= 100, 'no more than two minutes may have');
  });
});
