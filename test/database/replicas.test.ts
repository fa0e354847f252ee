import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { runShell } from '../../src/throwaway/shell.ts';
import { get, until } from '../support/http.ts';
import { inflict } from '../support/private-servers.ts';
import { allUsable, article, post, reads, register, replicasOf, setUp } from '../support/replica-stage.ts';
import { type RunningSteadfast, startSteadfast } from '../support/steadfast.ts';

const WRITERS = 8;
/** REQUEST_DEADLINE_MS, and a second for a busy machine. */
const DEADLINE_MS = 6000;

test('reads go to the replicas, and who writes reads the write, on every instance', async (t) => {
  const { servers, environment, steadfast } = await setUp(t, 2, { CACHE_FRESH_MS: '1' });
  const other = await startSteadfast(t, environment);
  await until('every replica can be used', allUsable(other));
  const { token } = await register(steadfast);
  const created = await post(steadfast, '/api/articles', article('The first'), token);
  t.equal(created.status, 201);

  await until(
    'replicas answer',
    async () => {
      const before = await Promise.all(servers.standbys.map(reads));
      for (let i = 0; i < 40; i += 1) await get(steadfast.origin, `/api/articles?limit=${1 + i}`);
      // PostgreSQL tells its statistics once a second at most.
      await new Promise((resolve) => setTimeout(resolve, 1200));
      const after = await Promise.all(servers.standbys.map(reads));
      return after.every((count, index) => count > (before[index] ?? 0));
    },
    30_000,
  );

  let stale = 0;
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let round = 0; round < 12; round += 1) {
        const title = `Round ${round} of writer ${writer} ${randomUUID()}`;
        const written = await post(steadfast, '/api/articles', article(title), token);
        if (written.status !== 201) throw new Error(written.text);
        const { slug } = written.json.article as { slug: string };
        for (const { origin } of [steadfast, other]) {
          const own = await get(origin, `/api/articles/${slug}`, { authorization: `Token ${token}` });
          if (own.status !== 200 || own.json.article.title !== title) stale += 1;
          const list = await get(origin, '/api/articles?limit=100');
          if (!list.text.includes(title)) stale += 1;
        }
      }
    }),
  );
  t.equal(stale, 0);
});

test('a replica that lags is left out, nobody reads what is outdated, and it is taken back by itself', async (t) => {
  const { servers, steadfast } = await setUp(t, 1, { CACHE_FRESH_MS: '1', DB_REPLICA_MAX_LAG_MS: '500' });
  const [standby] = servers.standbys;
  if (standby === undefined) throw new Error('no standby');
  const { token } = await register(steadfast);
  await runShell(standby.commands.pauseReplay);
  for (let round = 0; round < 20; round += 1) {
    const title = `Unseen by the replica ${round}`;
    t.equal((await post(steadfast, '/api/articles', article(title), token)).status, 201);
    t.match((await get(steadfast.origin, '/api/articles')).text, title);
  }
  await until('it is left out', async () => (await replicasOf(steadfast)).some(({ usable }) => !usable));
  const health = (await get(steadfast.origin, '/health')).json;
  t.match(health, { status: 'degraded', checks: { replicas: { status: 'warn' }, database: { status: 'pass' } } });
  t.match(health.message, /replica-1 is \d+ s behind/);
  const metrics = (await get(steadfast.origin, '/metrics')).text;
  t.match(metrics, 'db_replica_usable{name="replica-1"} 0');
  t.match(metrics, /db_replica_lag_seconds\{name="replica-1"\} [\d.]+/);
  await runShell(standby.commands.resumeReplay);
  await until('it is taken back', allUsable(steadfast));
  t.equal((await get(steadfast.origin, '/health')).json.status, 'healthy');
});

test('hung and dead replicas cost a moment at most; with none left the primary answers', async (t) => {
  const { servers, steadfast } = await setUp(t, 2, { CACHE_FRESH_MS: '1', CACHE_MEMORY_BYTES: '0' });
  const [one, two] = servers.standbys;
  if (one === undefined || two === undefined) throw new Error('no standbys');
  await inflict('freeze', one);
  let failures = 0;
  const slowest = await untilLeftOut(steadfast, 'replica-1', () => {
    failures += 1;
  });
  t.ok(slowest < DEADLINE_MS, `the slowest read took ${Math.round(slowest)} ms`);
  await inflict('kill', two);
  await untilLeftOut(steadfast, 'replica-2', () => {
    failures += 1;
  });
  t.equal(failures, 0, 'no read failed');
  t.equal((await get(steadfast.origin, '/api/articles?limit=9')).status, 200, 'the primary answers');
  await inflict('thaw', one);
  await two.start();
  await until('both are back', allUsable(steadfast), 20_000);

  await t.test('hung replicas and a dead primary: what was read is answered, nothing hangs', async (tt) => {
    const known = `/api/articles?limit=9`;
    tt.equal((await get(steadfast.origin, known)).status, 200);
    for (const standby of [one, two]) await inflict('freeze', standby);
    await inflict('kill', servers.primary);
    const [seen, unseen] = await Promise.all([get(steadfast.origin, known), get(steadfast.origin, unread())]);
    tt.equal(seen.status, 200);
    tt.equal(unseen.status, 503);
    tt.ok(unseen.ms < DEADLINE_MS, `refused after ${Math.round(unseen.ms)} ms`);
    await until('nobody is asked any more', async () =>
      (await replicasOf(steadfast)).every(({ usable }) => !usable),
    );
    const fastest = Math.min(...(await inTurn(10, () => get(steadfast.origin, unread()))).map(({ ms }) => ms));
    tt.ok(fastest < 250, `then within ${Math.round(fastest)} ms`);

    await inflict('thaw', one);
    await until('one replica answers', async () => (await get(steadfast.origin, unread())).status === 200, 20_000);
    await inflict('thaw', two);
    await servers.primary.start();
    await until(
      'all is well',
      async () => (await get(steadfast.origin, '/health')).json.status === 'healthy',
      30_000,
    );
  });
});

let profiles = 0;
const unread = () => {
  profiles += 1;
  return `/api/articles?author=nobody-${profiles}`;
};

async function inTurn<Result>(times: number, work: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let turn = 0; turn < times; turn += 1) results.push(await work());
  return results;
}

async function untilLeftOut(steadfast: RunningSteadfast, name: string, onFailure: () => void): Promise<number> {
  let slowest = 0;
  let limit = 1;
  await until(`${name} is left out`, async () => {
    limit = (limit % 90) + 1;
    const { status, ms } = await get(steadfast.origin, `/api/articles?limit=${limit}&tag=${name}`);
    if (status !== 200) onFailure();
    slowest = Math.max(slowest, ms);
    return (await replicasOf(steadfast)).some((replica) => replica.name === name && !replica.usable);
  });
  return slowest;
}
