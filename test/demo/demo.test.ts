import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { children, isAlive } from '../../src/throwaway/processes.ts';
import { freePort, runShell } from '../../src/throwaway/shell.ts';
import { runProgram } from '../support/command-line.ts';
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

test('what it does not take is refused in words', async (t) => {
  const demo = join(PROJECT, 'src/demo/demo.ts');
  for (const PORT of ['abc', '99999', '-1', '0', '80.5']) {
    const { code, output } = await runProgram(t, demo, [], { environment: { PORT } });
    t.equal(code, 64, PORT);
    t.match(output, `PORT is "${PORT}", and must be a number from 1 to 65535.`);
  }
  for (const program of [demo, join(PROJECT, 'scripts/describe-schema.ts')]) {
    for (const args of [['--prot', '9000'], ['9000']]) {
      const { code, stdout, stderr } = await runProgram(t, program, args);
      t.equal(code, 64, args.join(' '));
      t.ok(stderr.includes(args[0] ?? '') && stderr.includes('npm run'), stderr);
      t.equal(stdout, '');
    }
    t.match(await runProgram(t, program, ['--help']), { code: 0, stdout: /^npm run /, stderr: '' });
  }
});

test('Ctrl-C while it waits for its server ends it', async (t) => {
  const demo = startDemo(t, await freePort());
  let folder = '';
  let server = 0;
  await until(
    'its server is started',
    () => {
      const [pid] = children(demo.process.pid ?? 0);
      const [pidFile] = globSync(join(tmpdir(), `steadfast-demo-${pid}-*`, 'server.pid'));
      if (pidFile === undefined) return false;
      folder = dirname(pidFile);
      server = Number(readFileSync(pidFile, 'utf8'));
      return server > 0;
    },
    30_000,
  );
  process.kill(server, 'SIGSTOP');
  demo.process.kill('SIGINT');
  await until('it stops', () => /Stopping/.test(demo.printed()), 5000);
  process.kill(server, 'SIGCONT');
  await demo.ended;
  t.notOk(existsSync(folder));
});

test('after one that was killed with SIGKILL it starts again, at the same port', async (t) => {
  const port = await freePort();
  const killed = startDemo(t, port);
  await until('the demo is up', () => /Ctrl-C ends the demo/.test(killed.printed()), 30_000);
  process.kill(Number(printedLine(killed, /kill -USR2 \d+/).split(' ')[2]), 'SIGKILL');
  await killed.ended;
  const next = startDemo(t, port);
  await until('the next is up', () => /Ctrl-C ends the demo/.test(next.printed()), 30_000);
  next.process.kill('SIGTERM');
  await next.ended;
});
