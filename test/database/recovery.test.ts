import { test } from 'tap';
import { Breaker } from '../../src/database/breaker.ts';
import { DatabaseUnavailable } from '../../src/database/errors.ts';
import { everydayEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

test('the breaker starts clean after an outage: one failure does not open it again', async (t) => {
  const breaker = new Breaker({ timeoutMs: 1000, slowCallMs: 500, onEvent: () => {} });
  t.teardown(() => breaker.shutdown());
  const fail = () =>
    breaker.run('test.fails', async () => {
      throw new DatabaseUnavailable('server');
    });
  for (let call = 0; call < 20; call += 1) await t.rejects(fail());
  t.equal(breaker.state, 'open');
  breaker.close();
  await t.rejects(fail(), { name: 'DatabaseUnavailable', reason: 'server' });
  t.equal(breaker.state, 'closed');
});

test('recovery is proved on a new connection, not on an old one that happens to work', async (t) => {
  const environment = await everydayEnvironment(t);
  const proxy = await tcpProxy(t, Number(new URL(sharedServers().postgresUrl).port));
  const url = new URL(environment.DATABASE_URL);
  url.port = String(proxy.port);
  const { database, events } = await openDatabase(t, { ...environment, DATABASE_URL: url.href });
  proxy.refuseNew();
  const one = { name: 'test.one', text: "select 'one'" };
  const opened = () => events.filter((event) => event === 'open').length;
  await until('the breaker opens', async () => {
    await database.query(one, []).catch(() => {});
    return opened() > 0;
  });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  t.equal(opened(), 1, 'and does not flap');
  t.equal(database.snapshot().sighting.problem?.kind, 'unreachable', 'and the cause is seen');
  proxy.set('pass');
  await until('it closes', () => database.snapshot().breaker.state === 'closed', 15_000);
  t.equal(await database.query(one, []), 'one');
});

test('SIGTERM while PostgreSQL hangs ends the process in good time', async (t) => {
  const servers = await privateServers(t);
  const steadfast = await startSteadfast(t, {
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
  });
  await inflict('freeze', servers.postgres);
  const startedAt = performance.now();
  steadfast.process.kill('SIGTERM');
  t.equal(await steadfast.ended, 0);
  t.ok(performance.now() - startedAt < 9000);
  await inflict('thaw', servers.postgres);
});
