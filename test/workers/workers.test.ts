import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { type Api, publish, register } from '../support/api.ts';
import { temporaryFolder } from '../support/folders.ts';
import { until } from '../support/http.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import {
  oneConnection,
  onNewConnections,
  onOneConnection,
  type RunningWorkers,
  says,
  startWorkers,
} from '../support/workers.ts';

/** On a machine that has a lot else to do. */
const START_LIMIT_MS = 60_000;
const SLUG = '/api/articles/the-pager-is-a-promise';

/** The value of a series in Prometheus' text; undefined where there is none. */
function valueIn(metrics: string, series: string): number | undefined {
  const line = metrics.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

function answered(route: string): string {
  const labels = `http_request_method="GET",http_route="${route}",http_response_status_code="200"`;
  return `http_server_request_duration_seconds_count{${labels}}`;
}

/** A connection to each of the two, and the process id of whoever answers there. */
async function connectionsToTwo(t: Test, workers: RunningWorkers) {
  const pidOf = async (api: Api) => {
    // What is not there has a line in the log; what a cache answers has none.
    const id = (await api('GET', '/api/nowhere')).headers.get('x-request-id');
    const line = () => workers.log.find(({ reqId }) => reqId === id);
    await until('it is in the log', () => line() !== undefined);
    return Number(line()?.pid);
  };
  const first = onOneConnection(t, workers.origin);
  const pid = await pidOf(first);
  for (;;) {
    const agent = oneConnection();
    const second = onOneConnection(t, workers.origin, agent);
    const other = await pidOf(second);
    if (other !== pid)
      return [
        { api: first, pid },
        { api: second, pid: other, agent },
      ] as const;
  }
}

test('two workers are one server', async (t) => {
  const servers = await privateServers(t);
  const receiver = await webhookReceiver(t);
  const holdFile = join(temporaryFolder(t), 'hold.json');
  const workers = await startWorkers(t, 2, {
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
    BREAKER_HOLD_FILE: holdFile,
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${receiver.port}/`,
    MONITORING_PORT: '0',
    RATE_LIMIT_PER_MINUTE: '0',
    // So long that nothing is mended by waiting.
    CACHE_FRESH_MS: '3600000',
    REDIS_COMMAND_TIMEOUT_MS: '2000',
    DB_SLOW_CALL_MS: '20000',
  });
  const own = workers.log.map(({ msg }) => /of its own: (http:\S+)/.exec(msg)?.[1]).find(Boolean) ?? '';
  const api = onNewConnections(workers.origin);
  const monitoring = onNewConnections(own);
  const metrics = async () => (await monitoring('GET', '/metrics')).text;
  const health = async () => (await api('GET', '/health')).json;

  const openings = () =>
    receiver.deliveries.filter(({ body }) => /"subject":"breaker postgresql","from":"closed"/.test(body)).length;

  await t.test('their sums are what was sent, whichever is asked', async (t) => {
    for (let number = 0; number < 30; number += 1) t.equal((await api('GET', '/api/tags')).status, 200);
    for (let scrape = 0; scrape < 4; scrape += 1) {
      const text = await metrics();
      t.equal(valueIn(text, answered('/api/tags')), 30);
      t.equal(valueIn(text, 'workers_ready'), 2);
      t.equal(valueIn(text, 'db_client_connection_max{db_client_connection_pool_name="postgresql"}'), 10);
      t.equal(valueIn(text, 'cache_max_size_bytes{cache="memory"}'), 25_165_824);
      const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      t.equal(new Set(families).size, families.length, 'no family twice');
    }
    const { json } = await monitoring('GET', '/api/monitoring/performance');
    t.match(
      json.routes.find(({ route }: { route: string }) => route === 'GET /api/tags'),
      { calls: 30, errors: 0 },
    );
    t.match((await monitoring('GET', '/api/monitoring/errors')).json, { errors: [] });
  });

  await t.test('who writes sees it at the next read, at whichever worker', async (t) => {
    const token = await register(api, 'ida');
    const path = `/api/articles/${await publish(api, token, 'Spread')}`;
    for (let round = 1; round <= 30; round += 1) {
      const description = `round ${round}`;
      t.equal((await api('PUT', path, { token, body: { article: { description } } })).status, 200);
      for (const _read of [1, 2]) t.equal((await api('GET', path)).json.article.description, description);
    }
  });

  await t.test('what is written while a worker stands still is seen by it when it goes on', async (t) => {
    const token = await register(api, 'eve');
    const path = `/api/articles/${await publish(api, token, 'Still')}`;
    const [one, other] = await connectionsToTwo(t, workers);
    for (let round = 1; round <= 10; round += 1) {
      const body = (description: string) => ({ token, body: { article: { description } } });
      t.equal((await one.api('PUT', path, body(`before ${round}`))).status, 200);
      t.equal((await other.api('GET', path)).json.article.description, `before ${round}`);
      process.kill(other.pid, 'SIGSTOP');
      // The question's first bytes are there before any news, so that it is what the worker finds first.
      const [socket] = Object.values(other.agent.freeSockets).flat();
      socket?.write(`GET ${path} HTTP/1.1\r\nbegun: `);
      await sleep(5);
      const written = await Promise.all([
        one.api('PUT', path, body('one')),
        one.api('PUT', path, body(`${round}`)),
      ]);
      const read = other.api('GET', path);
      await sleep(10);
      process.kill(other.pid, 'SIGCONT');
      t.same(
        written.map(({ status }) => status),
        [200, 200],
      );
      t.equal((await read).json.article.description, `${round}`, `round ${round}`);
    }
    t.equal((await health()).checks.workers.status, 'pass', 'so short a standstill is no news');
  });

  await t.test('PostgreSQL is killed and comes back: no answer contradicts the one before', async (t) => {
    await api('GET', SLUG);
    const seen: string[] = [];
    const watch = async (wanted: string) => {
      await until(
        `health is ${wanted}`,
        async () => {
          const { status, checks } = await health();
          seen.push(status);
          const open = valueIn(await metrics(), 'circuit_breaker_state{name="postgresql",state="open"}');
          // Health first: what it has seen fail can only be back once the breaker has closed.
          if (status === 'healthy' && wanted === 'healthy') t.equal(open, 0, 'the metrics agree');
          if (status !== 'healthy' && wanted === 'degraded') t.equal(open, 1, 'the metrics agree');
          t.equal(checks.workers.status, 'pass');
          return status === wanted;
        },
        30_000,
      );
    };
    await inflict('kill', servers.postgres);
    await watch('degraded');
    for (let number = 0; number < 50; number += 1) seen.push((await health()).status);
    await until('whoever is to be told is told', () => openings() > 0);
    const stale = await api('GET', SLUG);
    t.equal(stale.status, 200, 'what was read before is still answered');
    await servers.postgres.start();
    await watch('healthy');
    for (let number = 0; number < 50; number += 1) seen.push((await health()).status);
    const changes = seen.filter((status, index) => index === 0 || status !== seen[index - 1]);
    t.same(changes[0] === 'degraded' ? ['healthy', ...changes] : changes, ['healthy', 'degraded', 'healthy']);
    t.equal(openings(), 1, 'it was told once');
  });

  await t.test('a breaker that is held by hand is held in all of them', async () => {
    const hold = { state: 'open', since: new Date().toISOString(), until: null, reason: 'a test' };
    writeFileSync(holdFile, JSON.stringify(hold));
    await until('health says so', async () => /held open by hand/.test((await health()).message));
    await until('all refuse', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => api('GET', '/api/profiles/nobody')));
      return answers.every(({ status }) => status === 503);
    });
    rmSync(holdFile);
    await until('it is released', async () => (await health()).status === 'healthy');
  });

  await t.test(
    'one is killed under requests: the other answers, a new one comes, no count goes back',
    async (t) => {
      const [victim = 0] = workers.pids();
      const before = valueIn(await metrics(), answered('/api/tags')) ?? 0;
      let [answers, failures, stopped] = [0, 0, false];
      const read = async () => {
        while (!stopped) {
          const { status } = await api('GET', '/api/tags').catch(() => ({ status: 0 }));
          if (status === 200) answers += 1;
          else failures += 1;
          await sleep(5);
        }
      };
      const readers = Array.from({ length: 4 }, read);
      t.teardown(() => {
        stopped = true;
      });
      await until('they read', () => answers > 20);
      const answersBefore = answers;
      process.kill(victim, 'SIGKILL');
      await until(
        'it is replaced',
        async () => {
          const { checks } = await health();
          return workers.pids().length === 3 && checks.workers.status === 'pass';
        },
        START_LIMIT_MS,
      );
      stopped = true;
      await Promise.all(readers);
      t.ok(answers > answersBefore, `${answers - answersBefore} answers since`);
      t.ok(failures <= readers.length, `${failures} requests were lost: those it was at work on`);
      const after = await metrics();
      t.equal(valueIn(after, 'workers_restarts_total'), 1);
      t.equal(valueIn(after, 'workers_ready'), 2);
      const counted = valueIn(after, answered('/api/tags')) ?? 0;
      t.ok(counted >= before, `${before} answers were counted before, ${counted} after`);
      t.equal(says(workers, `worker ${victim} ended by SIGKILL: another is started`), 1);
    },
  );

  await t.test('one that hangs holds up neither health nor a scrape, and both say so', async () => {
    const [victim = 0] = workers.pids().slice(-1);
    process.kill(victim, 'SIGSTOP');
    try {
      // A connection that it was given before it was known to hang is not answered before it goes on: one at each port.
      const quick = <Result>(work: Promise<Result>) =>
        Promise.race([work, sleep(3000).then(() => Promise.reject(new Error('no answer')))]);
      await until('health says so', async () => /does not answer/.test((await quick(health())).message), 20_000);
      await until(
        'the metrics say so',
        async () => valueIn(await quick(metrics()), 'workers_silent') === 1,
        20_000,
      );
    } finally {
      process.kill(victim, 'SIGCONT');
    }
    await until('it is back', async () => (await health()).status === 'healthy', START_LIMIT_MS);
  });

  await t.test('SIGTERM ends all of them in good order', async (t) => {
    workers.process.kill('SIGTERM');
    t.equal(await workers.ended, 0);
    for (const pid of workers.pids()) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, `${pid} has ended`);
  });
});
