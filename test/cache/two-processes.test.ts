import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { apiOf, publish, register } from '../support/api.ts';
import { ONE_SERVICE } from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { sharedServers, sql } from '../support/shared-servers.ts';
import { countStatements } from '../support/statement-counter.ts';
import { type Environment, startSteadfast } from '../support/steadfast.ts';
import { holdTable } from '../support/table-locks.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { twoServers, writeAndSee } from '../support/two-servers.ts';

const ARTICLE = '/api/articles/the-pager-is-a-promise';
/** So long that nothing is mended by waiting. */
const LASTING = { CACHE_FRESH_MS: '3600000' };

/** Settings under which what is slow is no outage. */
async function unhurried(t: Test): Promise<Environment & { DATABASE_URL: string; REDIS_URL: string }> {
  return { ...(await testEnvironment(t)), ...ONE_SERVICE, REQUEST_DEADLINE_MS: '25000' };
}

const descriptionAt = async (origin: string, path: string): Promise<string> =>
  (await get(origin, path)).json.article.description;

test('who writes sees it at the next read, at another process it is seen within 100 ms', async (t) => {
  const both = await twoServers(t, {
    ...LASTING,
    REDIS_URL: sharedServers().redisUrl,
    REDIS_KEY_PREFIX: `test-${randomUUID()}`,
  });
  const delays: number[] = [];
  for (let round = 1; round <= 20; round += 1) {
    const { own, ms } = await writeAndSee(both, `round ${round}`);
    t.equal(own, `round ${round}`);
    delays.push(ms);
  }
  const median = delays.toSorted((a, b) => a - b)[10] ?? Number.NaN;
  t.ok(median < 100, `the other process showed it after ${median.toFixed(1)} ms (median of 20)`);
});

test('a slow load that a write overtakes is served to nobody who comes after', async (t) => {
  const environment = { ...(await unhurried(t)), ...LASTING };
  const url = new URL(environment.DATABASE_URL);
  const network = await tcpProxy(t, Number(url.port));
  url.port = String(network.port);
  const start = () => startSteadfast(t, { ...environment, DATABASE_URL: url.href });
  const [writer, reader] = await Promise.all([start(), start()]);
  const api = apiOf(writer.origin);
  const token = await register(api, 'ida');
  const path = `/api/articles/${await publish(api, token, 'Raced')}`;
  const write = async (description: string) => {
    const { status, text } = await api('PUT', path, { token, body: { article: { description } } });
    t.equal(status, 200, text);
  };

  let races = 0;
  for (let round = 1; races < 3 && round <= 10; round += 1) {
    await write(`before ${round}`);
    // So that a connection is at hand.
    await get(reader.origin, `/api/articles?limit=${round}`);
    network.set({ delayMs: 400 });
    const overtaken = descriptionAt(reader.origin, path);
    // The statement is there after 400 ms. Then its answer is on the way, and everything else is quick again.
    await sleep(550);
    network.set('pass');
    await write(`after ${round}`);
    // What another process has to hear of a write; the slow answer is still on its way then.
    await sleep(100);
    t.equal(await descriptionAt(reader.origin, path), `after ${round}`, 'a reader after the write');
    if ((await overtaken) === `before ${round}`) races += 1;
    t.equal(await descriptionAt(reader.origin, path), `after ${round}`, 'and when the slow load has ended');
    t.equal(await descriptionAt(writer.origin, path), `after ${round}`, 'and at the other process');
  }
  t.equal(races, 3, 'the load was overtaken three times');
});

test('a thousand who miss the same at once are one statement, when it fails too', async (t) => {
  const environment = { ...(await unhurried(t)), DB_LOCK_TIMEOUT_MS: '6000' };
  const counter = await countStatements(t, environment.DATABASE_URL);
  const { origin } = await startSteadfast(t, {
    ...environment,
    DATABASE_URL: counter.url,
    RATE_LIMIT_PER_MINUTE: '0',
  });
  const thousand = () => Promise.all(Array.from({ length: 1000 }, () => get(origin, ARTICLE)));
  const statuses = async (answers: ReturnType<typeof thousand>) => [
    ...new Set((await answers).map(({ status }) => status)),
  ];
  const loads = () => counter.roundTrips.filter((name) => name === 'articles.by_slug').length;
  /** Holds the table from now on, and for so long. */
  const holding = async (seconds: number) => {
    const letGo = await holdTable(t, environment.DATABASE_URL, { table: 'articles' });
    return { over: sleep(seconds * 1000).then(letGo) };
  };

  const failing = await holding(10);
  t.strictSame(await statuses(thousand()), [503], 'all are refused');
  t.equal(loads(), 1);
  await failing.over;

  const slow = await holding(4);
  t.strictSame(await statuses(thousand()), [200], 'all are answered');
  t.equal(loads(), 2);
  await slow.over;
});

test('what is read all the time never misses, and is never older than it may be', async (t) => {
  const freshMs = 4000;
  const environment = { ...(await unhurried(t)), CACHE_FRESH_MS: String(freshMs) };
  const servers = await Promise.all([startSteadfast(t, environment), startSteadfast(t, environment)]);
  for (const { origin } of servers) {
    await until('a copy is at hand', async () => {
      const { headers } = await get(origin, ARTICLE);
      return headers.get('cache-status')?.includes('detail=memory') === true;
    });
  }
  const misses: string[] = [];
  let writtenAt = performance.now();
  let newest = '';
  const delays: number[] = [];
  // Somebody writes past Steadfast, so that nothing is announced.
  const change = async (round: number) => {
    newest = `past Steadfast ${round}`;
    await sql(environment.DATABASE_URL, 'update articles set description = $1 where slug = $2', [
      newest,
      'the-pager-is-a-promise',
    ]);
    writtenAt = performance.now();
  };
  for (let round = 1; round <= 3; round += 1) {
    await change(round);
    const unaware = new Set(servers);
    while (unaware.size > 0 && performance.now() - writtenAt < 10_000) {
      for (const server of servers) {
        const { headers, json } = await get(server.origin, ARTICLE);
        const status = headers.get('cache-status') ?? '';
        if (!/hit; ttl=\d+; detail=(memory|redis)/.test(status)) misses.push(status);
        if (json.article.description === newest && unaware.delete(server)) {
          delays.push(performance.now() - writtenAt);
        }
      }
      await sleep(5);
    }
  }
  t.strictSame(misses, []);
  t.equal(delays.length, 6, 'both saw each change');
  const slowest = Math.max(...delays);
  t.ok(slowest < freshMs + 1500, `the slowest after ${slowest.toFixed(0)} ms`);
});
