import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { isAlive } from '../../src/throwaway/processes.ts';
import { freePort, runShell } from '../../src/throwaway/shell.ts';
import { get, until } from '../support/http.ts';

const PROJECT = join(import.meta.dirname, '../..');

type Demo = {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  /** What it has printed so far. */
  readonly printed: () => string;
};

/** `npm run demo`, as a newcomer types it. */
function startDemo(test: Test, port: number): Demo {
  const child = spawn('npm', ['run', 'demo'], {
    cwd: PROJECT,
    // A settings file or environment of the caller's must not matter: the demo brings its own database.
    env: { ...process.env, PORT: String(port), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  test.teardown(() => child.kill('SIGTERM'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { process: child, ended, printed: () => printed };
}

function printedLine(demo: Demo, pattern: RegExp): string {
  const line = demo.printed().match(pattern)?.[0];
  if (line === undefined) throw new Error(`the demo did not print ${pattern}`);
  return line.trim();
}

test('the demo: its database is taken away by the printed lines, and it goes on', async (t) => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const demo = startDemo(t, port);
  await until('the demo is up', () => /Ctrl-C ends the demo/.test(demo.printed()), 30_000);

  const kill = printedLine(demo, /kill -9 .*postmaster\.pid\)/);
  const freeze = printedLine(demo, /p=.*kill -STOP .*/);
  const thaw = printedLine(demo, /p=.*kill -CONT .*/);
  const bringBack = printedLine(demo, /kill -USR2 \d+/);
  const folder = dirname(dirname(/\S+postmaster\.pid/.exec(kill)?.[0] ?? ''));
  const pids = (await runShell(`head -qn1 ${folder}/postgres/postmaster.pid ${folder}/redis/redis.pid`))
    .split('\n')
    .map(Number);
  t.equal(pids.filter(isAlive).length, 2);

  t.equal((await get(origin, '/api/articles')).json.articlesCount, 36);
  for (const [name, takeAway, giveBack] of [
    ['killed', kill, bringBack],
    ['frozen', freeze, thaw],
  ] as const) {
    t.test(`PostgreSQL ${name}`, async (t) => {
      await runShell(takeAway);
      await until('health says so', async () => (await get(origin, '/health')).json.status === 'degraded');
      const seen = await get(origin, '/api/articles');
      t.equal(seen.status, 200);
      t.match(seen.headers.get('cache-status'), 'stale-if-error');
      t.equal((await get(origin, `/api/articles/never-read-${name}`)).status, 503);
      await runShell(giveBack);
      await until('all is well', async () => (await get(origin, '/health')).json.status === 'healthy', 20_000);
      t.equal((await get(origin, '/api/profiles/tom')).status, 200);
    });
  }

  t.test('SIGTERM leaves no process, port or folder behind', async (t) => {
    demo.process.kill('SIGTERM');
    await demo.ended;
    t.notOk(existsSync(folder));
    t.same(pids.filter(isAlive), []);
    await t.rejects(get(origin, '/health/ping'));
  });
});

test('a port that is taken is said, and nothing is left', async (t) => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  t.teardown(() => squatter.close());
  const address = squatter.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const demo = startDemo(t, port);
  t.not(await demo.ended, 0);
  t.match(demo.printed(), `Port ${port} is taken.`);
});
