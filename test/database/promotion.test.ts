import pg from 'pg';
import { test } from 'tap';
import { runShell } from '../../src/throwaway/shell.ts';
import { get, until } from '../support/http.ts';
import { inflict } from '../support/private-servers.ts';
import { allUsable, article, environmentOf, post, register, replicasOf } from '../support/replica-stage.ts';
import { caughtUp, replicatedPostgres } from '../support/replicated.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

test('with the primary gone reads go on from the replica, and writes find the new primary', async (t) => {
  const servers = await replicatedPostgres(t, 2);
  const [promoted, other] = servers.standbys;
  if (promoted === undefined || other === undefined) throw new Error('no standbys');
  const url = new URL(servers.primary.url);
  const steadfast = await startSteadfast(t, {
    ...environmentOf(servers),
    DATABASE_URL: '',
    DB_HOST: [servers.primary, promoted].map(({ port }) => `127.0.0.1:${port}`).join(),
    DB_NAME: 'steadfast',
    DB_USER: url.username,
    DB_PASSWORD: url.password,
    CACHE_FRESH_MS: '1',
  });
  await until('every replica can be used', allUsable(steadfast));
  const { token, username } = await register(steadfast);
  const acknowledged: string[] = [];
  const write = async (title: string) => {
    const { status } = await post(steadfast, '/api/articles', article(title), token);
    if (status === 201) acknowledged.push(title);
    return status;
  };
  t.equal(await write('Before the promotion'), 201);
  for (const standby of servers.standbys) await caughtUp(servers.primary, standby);
  // The other one gets what the promoted one never will: at the same positions that will have something else.
  await sql(promoted.url, "alter system set primary_conninfo = ''");
  await sql(promoted.url, 'select pg_reload_conf()');
  await until('it receives nothing any more', async () => {
    return (await sql(promoted.url, 'select from pg_stat_wal_receiver')).length === 0;
  });
  await sql(servers.primary.url, "create table lost as select repeat('lost', 100) from generate_series(1, 5000)");
  await caughtUp(servers.primary, other);

  await inflict('freeze', promoted);
  await inflict('kill', servers.primary);
  await until('the breaker opens', async () => (await get(steadfast.origin, '/health/database')).status === 503);
  t.equal(await write('Refused'), 503);
  const pauses = new Map<string, number>();
  const look = async () => {
    const { probed_at, next_probe_at } = (await get(steadfast.origin, '/health/database')).json.connection;
    const pause = Date.parse(next_probe_at) - Date.parse(probed_at);
    pauses.set(probed_at, pause);
    return pause;
  };
  await until('nobody answers, and the pauses grow', async () => (await look()) > 1500);
  await inflict('thaw', promoted);
  pauses.clear();
  await until('a standby answers: from then on the pauses are short, and stay so', async () => {
    await look();
    return [...pauses.values()].filter((pause) => pause < 1000).length >= 4;
  });
  const unseen = await get(steadfast.origin, `/api/profiles/${username}`);
  t.equal(unseen.status, 200, 'what nobody read before is read from a replica');
  t.match((await get(steadfast.origin, '/api/articles?limit=3')).text, 'Before the promotion');
  t.equal((await get(steadfast.origin, '/health')).json.status, 'degraded');

  await runShell(promoted.commands.promote);
  const ms = await until(
    'writes find the new primary',
    async () => (await write('After the promotion')) === 201,
    20_000,
  );
  t.comment(`after ${Math.round(ms)} ms`);
  const health = (await get(steadfast.origin, '/health/database')).json;
  t.match(health, { host: '127.0.0.1', port: promoted.port });

  await t.test('one that is ahead on the timeline of before is not read from', async (tt) => {
    for (let round = 0; round < 20; round += 1) {
      const title = `Not on the other one ${round}`;
      tt.equal(await write(title), 201);
      tt.match((await get(steadfast.origin, '/api/articles')).text, title);
    }
    const { message } = (await get(steadfast.origin, '/health')).json;
    tt.match(message, /replica-2 is not known to follow the primary since a promotion/);
    await other.follow(promoted);
    await until('made anew, it is taken back', async () => {
      const [, second] = await replicasOf(steadfast);
      return second?.usable === true;
    });
  });

  await t.test('one that comes back from before the promotion is never written to', async (tt) => {
    await servers.primary.start();
    for (let round = 0; round < 20; round += 1) tt.equal(await write(`With two of them ${round}`), 201);
    await inflict('freeze', promoted);
    await until(
      'the new one is away',
      async () => (await get(steadfast.origin, '/health/database')).status === 503,
    );
    await new Promise((resolve) => setTimeout(resolve, 2000));
    tt.equal(await write('Nobody takes this'), 503, 'the old one is not taken for the primary');
    await inflict('thaw', promoted);
    await until('the new one is back', async () => (await write('And on')) === 201, 20_000);
  });
  const titles = await sql<{ title: string }>(promoted.url, 'select title from articles');
  const there = new Set(titles.map(({ title }) => title));
  t.same(
    acknowledged.filter((title) => !there.has(title)),
    [],
    'every acknowledged write is there',
  );
  t.notOk(there.has('Refused') || there.has('Nobody takes this'), 'and none that was refused');
});

test('a primary that is demoted in place is written to no more', async (t) => {
  const servers = await replicatedPostgres(t, 2);
  const [standby, other] = servers.standbys;
  if (standby === undefined || other === undefined) throw new Error('no standbys');
  // The other one follows the one that will be promoted, and goes on with it.
  const [followed] = await sql<{ primary_conninfo: string }>(other.url, 'show primary_conninfo');
  const follows = followed?.primary_conninfo.replace(`port=${servers.primary.port}`, `port=${standby.port}`);
  await sql(other.url, `alter system set primary_conninfo = ${pg.escapeLiteral(String(follows))}`);
  await sql(other.url, 'select pg_reload_conf()');
  const url = new URL(servers.primary.url);
  const steadfast = await startSteadfast(t, {
    ...environmentOf(servers, { DATABASE_URL: '', DB_REPLICA_HOSTS: `127.0.0.1:${other.port}` }),
    DB_HOST: [servers.primary, standby].map(({ port }) => `127.0.0.1:${port}`).join(),
    DB_NAME: 'steadfast',
    DB_USER: url.username,
    DB_PASSWORD: url.password,
  });
  const { token, username } = await register(steadfast);
  await caughtUp(servers.primary, standby);
  await runShell(standby.commands.promote);
  await sql(servers.primary.url, 'alter system set default_transaction_read_only = on');
  await sql(servers.primary.url, 'select pg_reload_conf()');
  await until(
    'writes find the new primary',
    async () => (await post(steadfast, '/api/articles', article('Switched over'), token)).status === 201,
    20_000,
  );
  t.equal((await sql(standby.url, "select from articles where title = 'Switched over'")).length, 1);
  await until('the replica that follows it is read from', allUsable(steadfast));

  await inflict('kill', standby);
  await until('the breaker opens', async () => (await get(steadfast.origin, '/health/database')).status === 503);
  await until('the replica receives nothing any more', async () => {
    return (await sql(other.url, 'select from pg_stat_wal_receiver')).length === 0;
  });
  const probes = "from pg_stat_activity where application_name = 'steadfast-supervisor'";
  const lost = await sql<{ pid: number }>(other.url, `select pid, pg_terminate_backend(pid) ${probes}`);
  t.equal(lost.length, 1, 'a probe is lost besides');
  await until('the replica is looked at again', async () => {
    const [probe] = await sql<{ pid: number }>(
      other.url,
      `select pid ${probes} and query like '%pg_control_checkpoint%'`,
    );
    return probe !== undefined && probe.pid !== lost[0]?.pid;
  });
  await until('the replica is read from', allUsable(steadfast));
  await until('what nobody read before is read from it', async () => {
    return (await get(steadfast.origin, `/api/profiles/${username}`)).status === 200;
  });
});
