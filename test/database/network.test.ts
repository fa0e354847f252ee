import { test } from 'tap';
import type { ProxyMode } from '../../src/throwaway/tcp-proxy.ts';
import { everydayEnvironment, LONG_WAITS, testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const faults: readonly [name: string, mode: ProxyMode][] = [
  ['swallows everything (blackhole)', 'blackhole'],
  ['resets every connection', 'reset'],
  ['holds every packet back for five seconds', { delayMs: 5000 }],
];

for (const [name, mode] of faults) {
  test(`the network to PostgreSQL ${name}`, async (t) => {
    const environment = await everydayEnvironment(t);
    const proxy = await tcpProxy(t, Number(new URL(sharedServers().postgresUrl).port));
    const url = new URL(environment.DATABASE_URL);
    url.port = String(proxy.port);
    const { origin, process } = await startSteadfast(t, { ...environment, ...LONG_WAITS, DATABASE_URL: url.href });
    await until('it was read once', async () => (await get(origin, '/api/articles')).status === 200);

    proxy.set(mode);
    const first = await get(origin, '/api/profiles/tom');
    t.equal(first.status, 503);
    t.ok(first.ms < 8000, `the first request gave up after ${Math.round(first.ms)} ms`);
    await until(
      'the breaker is open',
      async () => (await get(origin, '/health/database')).json.breaker.state === 'open',
    );
    const seen = await get(origin, '/api/articles');
    t.equal(seen.status, 200);
    t.match(seen.headers.get('cache-status'), 'stale-if-error');

    proxy.set('pass');
    await until('it is used again', async () => (await get(origin, '/api/profiles/tom')).status === 200, 15_000);
    t.equal(process.exitCode, null);
  });
}

test('a slow but living network is no outage', async (t) => {
  const environment = await testEnvironment(t);
  const proxy = await tcpProxy(t, Number(new URL(sharedServers().postgresUrl).port));
  const url = new URL(environment.DATABASE_URL);
  url.port = String(proxy.port);
  const { origin } = await startSteadfast(t, { ...environment, DATABASE_URL: url.href });
  proxy.set({ delayMs: 40 });
  const answers = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) => get(origin, `/api/articles?limit=5&author=${name}`)),
  );
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  t.equal((await get(origin, '/health/database')).json.breaker.state, 'closed');
});
