import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { runToEnd } from '../support/steadfast.ts';
import { onNewConnections, onOneConnection, startWorkers } from '../support/workers.ts';

const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('what keeps a start from succeeding is said once, with the exit code of one process', async (t) => {
  const environment = await testEnvironment(t);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.teardown(() => taken.close());
  const address = taken.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const wrong = new URL(environment.DATABASE_URL);
  wrong.password = 'not-the-password';
  const cases = [
    { change: { WORKERS: 'many' }, code: 78, words: /WORKERS\n {4}wrong: is "many"/g },
    { change: { WORKERS: '20' }, code: 78, words: /DB_POOL_MAX is 10/g },
    { change: { REDIS_URL: 'http://127.0.0.1' }, code: 78, words: /REDIS_URL\n {4}wrong/g },
    { change: { DATABASE_URL: wrong.href }, code: 78, words: /refuses the user/g },
    { change: { PORT: port }, code: 1, words: /EADDRINUSE.*Stop what listens there/g },
    { change: { HOST: '192.0.2.1' }, code: 1, words: /EADDRNOTAVAIL.*set HOST to one that it has/g },
  ];
  for (const { change, code, words } of cases) {
    const end = await runToEnd(t, { WORKERS: '3', ...environment, ...change });
    t.equal(end.code, code, `${words}`);
    t.equal(end.stderr.match(words)?.length, 1, end.stderr);
    t.notMatch(end.stderr, /^\s+at /m, 'no stack trace');
  }
});

test('the primary is killed: the workers finish and end by themselves', async (t) => {
  const workers = await startWorkers(t, 2, await testEnvironment(t));
  t.equal((await onNewConnections(workers.origin)('GET', '/api/tags')).status, 200);
  workers.process.kill('SIGKILL');
  t.equal(await workers.ended, 'SIGKILL');
  await until('they have ended', () => !workers.pids().some(isRunning));
});

test('SIGTERM to all processes at once: what is under way is answered', async (t) => {
  const workers = await startWorkers(t, 2, await testEnvironment(t));
  const api = onOneConnection(t, workers.origin);
  let stopped = false;
  const statuses = new Set<number>();
  const calls = Array.from({ length: 8 }, async () => {
    while (!stopped) statuses.add((await api('GET', '/api/tags').catch(() => ({ status: 0 }))).status);
  });
  await until('they are answered', () => statuses.has(200));
  for (const pid of workers.pids()) process.kill(pid, 'SIGTERM');
  workers.process.kill('SIGTERM');
  t.equal(await workers.ended, 0);
  stopped = true;
  await Promise.all(calls);
  for (const pid of workers.pids()) t.notOk(isRunning(pid));
});

test('the primary hangs: no part is taken for the whole, and nobody waits for it twice', async (t) => {
  const workers = await startWorkers(t, 2, await testEnvironment(t));
  const api = onOneConnection(t, workers.origin);
  t.equal((await api('GET', '/metrics')).status, 200);
  workers.process.kill('SIGSTOP');
  try {
    t.equal((await api('GET', '/metrics')).status, 503);
    const again = await api('GET', '/metrics');
    t.equal(again.status, 503);
    t.ok(again.ms < 1000, `${again.ms} ms`);
    t.match((await api('GET', '/health')).json.checks.workers, { status: 'warn' });
  } finally {
    workers.process.kill('SIGCONT');
  }
  await until('all is told again', async () => (await api('GET', '/metrics')).status === 200);
});

test('all workers are killed together: what was handed to them is closed, and others come', async (t) => {
  const workers = await startWorkers(t, 2, await testEnvironment(t));
  const victims = workers.pids();
  // Nobody takes what is handed to them.
  for (const pid of victims) process.kill(pid, 'SIGSTOP');
  const clients = Array.from({ length: 6 }, () => connect(workers.port, '127.0.0.1').on('error', () => {}));
  t.teardown(() => clients.map((client) => client.destroy()));
  await Promise.all(clients.map((client) => once(client, 'connect')));
  const closed = Promise.all(
    clients.map((client) => new Promise((resolve) => client.resume().once('close', resolve))),
  );
  for (const pid of victims) process.kill(pid, 'SIGKILL');
  await closed;
  await until('others take requests', () => workers.pids().length === 4, 60_000);
});

test('a second signal ends all at once', async (t) => {
  const workers = await startWorkers(t, 2, await testEnvironment(t));
  workers.process.kill('SIGTERM');
  await until('it is heard', () => workers.log.some(({ msg }) => msg.startsWith('SIGTERM')));
  workers.process.kill('SIGTERM');
  t.equal(await workers.ended, 1);
  await until('they have ended', () => !workers.pids().some(isRunning));
});
