import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'tap';
import { SERVER_COMMAND } from '../../src/server-command.ts';
import { freePort } from '../../src/throwaway/shell.ts';
import { cleanEnvironment } from '../support/clean-environment.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { sum } from '../support/samples.ts';
import { type RunningSteadfast, startSteadfast } from '../support/steadfast.ts';

/** A line of the log of nearly 16 kB, which is all that is written at a time. */
const LONG = `/nowhere/${'x'.repeat(15_600)}`;
const BACKLOG_BYTES = 8 * 1024 * 1024;
/** What is on its way between two processes besides, in their buffers and the system's. */
const UNDER_WAY_BYTES = 1024 * 1024;

const linesOf = ({ log }: RunningSteadfast, id: string) => log.filter(({ reqId }) => reqId === id);

async function askLong({ origin }: RunningSteadfast, times: number): Promise<void> {
  for (let asked = 0; asked < times; asked += 10) {
    await Promise.all(Array.from({ length: 10 }, () => get(origin, LONG, { 'x-request-id': 'long' })));
  }
}

test('a log that nobody reads', async (t) => {
  const running = await startSteadfast(t, await testEnvironment(t));
  const { origin, process: server } = running;

  await t.test('holds up no request, and is there to its last line when it is read', async (t) => {
    server.stdout?.pause();
    await askLong(running, 40);
    await get(origin, `/nowhere/${'y'.repeat(900)}`, { 'x-request-id': 'the-last-one' });
    server.stdout?.resume();
    // Nothing is asked for any more: nothing else pushes it out.
    await until('the last line is written', () => linesOf(running, 'the-last-one').length === 1);
    t.equal(linesOf(running, 'long').length, 40);
    t.equal(await sum(origin, 'log_lines_dropped_total'), 0);
  });

  await t.test('fills no memory: lines are dropped, counted and told', async (t) => {
    const before = linesOf(running, 'long').length;
    server.stdout?.pause();
    const asked = 800;
    await askLong(running, asked);
    t.ok(((await sum(origin, 'log_lines_dropped_total')) ?? 0) > 0, 'lines were dropped');
    server.stdout?.resume();
    const told = () =>
      running.log
        .filter(({ level }) => level === 40)
        .map(({ msg }) =>
          Number(/^(\d+) lines of the log were dropped: whoever reads it is too slow$/.exec(msg)?.[1]),
        )
        .filter((lines) => lines > 0)
        .reduce((total, lines) => total + lines, 0);
    const kept = () => linesOf(running, 'long').length - before;
    await until('every line is there or told to be dropped', () => told() > 0 && told() + kept() === asked);
    t.equal(await sum(origin, 'log_lines_dropped_total'), told());
    t.ok(kept() * LONG.length < BACKLOG_BYTES + UNDER_WAY_BYTES, `no more than 8 MB had waited: ${kept()} lines`);
  });

  await t.test('does not keep the process from ending', async (t) => {
    server.stdout?.pause();
    await askLong(running, 40);
    server.kill('SIGTERM');
    t.equal(await running.ended, 0);
  });
});

test('a log that cannot be written is told once, and the server answers and ends as ever', async (t) => {
  const port = await freePort();
  const full = openSync('/dev/full', 'w');
  const environment = { ...(await testEnvironment(t)), ...SERVER_COMMAND.environment, PORT: String(port) };
  const server = spawn(process.execPath, SERVER_COMMAND.arguments, {
    cwd: '/',
    env: cleanEnvironment(environment),
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  t.teardown(() => server.kill('SIGKILL'));
  const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve(code ?? signal)));
  let errors = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const origin = `http://127.0.0.1:${port}`;
  await until('it is ready', async () => (await get(origin, '/readyz')).status === 200, 60_000);
  for (let asked = 0; asked < 10; asked += 1) t.equal((await get(origin, '/api/tags')).status, 200);
  await until('it fails again', async () => ((await sum(origin, 'log_write_errors_total')) ?? 0) > 1);
  t.match(errors, /^The log cannot be written to standard output: ENOSPC.*\n$/, 'one line');
  server.kill('SIGTERM');
  t.equal(await ended, 0);
});

test('what was logged right before the process exits is written', async (t) => {
  const module = pathToFileURL(join(import.meta.dirname, '../../src/monitoring/log-destination.ts'));
  for (const shared of [false, true]) {
    const program = `
      import { LogDestination } from '${module}';
      const log = new LogDestination(() => {}, { shared: ${shared} });
      for (let line = 1; line <= 300; line += 1) log.write('line ' + line + '\\n');
      process.exit(3);
    `;
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program]);
    t.equal(status, 3);
    const lines = stdout.toString().trimEnd().split('\n');
    t.equal(lines.at(-1), 'line 300', shared ? 'as one of several' : 'alone');
    t.same(
      lines,
      Array.from({ length: 300 }, (_, index) => `line ${index + 1}`),
    );
  }
});
