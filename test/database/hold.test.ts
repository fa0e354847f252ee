import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { Breaker } from '../../src/database/breaker.ts';
import { DatabaseUnavailable } from '../../src/database/errors.ts';
import { runCommand } from '../support/command-line.ts';
import { get, until } from '../support/http.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { type RunningSteadfast, startSteadfast } from '../support/steadfast.ts';

type DatabaseHealth = {
  status: string;
  message: string;
  breaker: { state: string; held: { reason: string; until: string | null } | null };
};

async function healthOf({ origin }: RunningSteadfast): Promise<DatabaseHealth> {
  return (await get(origin, '/health/database')).json as DatabaseHealth;
}

function holdFile(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'steadfast-hold-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'var', 'hold.json');
}

/** Servers of the test's own, and a place for the hold. */
async function setUp(t: Test) {
  const { postgres, redis } = await privateServers(t);
  const file = holdFile(t);
  return {
    postgres,
    file,
    environment: { DATABASE_URL: postgres.url, REDIS_URL: redis.url, BREAKER_HOLD_FILE: file },
  };
}

test('the breaker is held open and closed by hand, and everybody can see it', async (t) => {
  const { postgres, environment } = await setUp(t);
  const steadfast = await startSteadfast(t, environment);
  const hold = (...args: string[]) =>
    runCommand(t, ['breaker', ...args], { environment: { ...environment, PORT: String(steadfast.port) } });
  await fetch(`${steadfast.origin}/api/tags`);

  const open = await hold('open', '--for', '1h', '--reason', 'moving house');
  t.equal(open.code, 0, open.output);
  t.match(open.stdout, /is open since .*, held by hand \(moving house\) since .* until 2/);
  const held = await healthOf(steadfast);
  t.match(held, { status: 'critical', breaker: { state: 'open', held: { reason: 'moving house' } } });
  t.match(held.message, /held open by hand .*npm run breaker -- auto/);
  const metrics = await (await fetch(`${steadfast.origin}/metrics`)).text();
  t.match(metrics, 'circuit_breaker_held{name="postgresql",state="open"} 1');
  t.match(metrics, 'circuit_breaker_state{name="postgresql",state="open"} 1');
  t.equal((await fetch(`${steadfast.origin}/api/tags`)).status, 200, 'what was read before is answered');
  t.equal((await fetch(`${steadfast.origin}/api/profiles/tom`)).status, 503, 'the rest is refused');

  const released = await hold('auto');
  t.equal(released.code, 0, released.output);
  await until('it closes by itself', async () => (await healthOf(steadfast)).breaker.state === 'closed', 10_000);
  t.equal((await fetch(`${steadfast.origin}/api/profiles/tom`)).status, 200);

  t.equal((await hold('closed')).code, 0);
  t.equal((await hold('auto')).code, 0);
  t.match(
    await healthOf(steadfast),
    { status: 'healthy', breaker: { state: 'closed', held: null } },
    'nothing changed',
  );
  t.equal((await fetch(`${steadfast.origin}/api/articles?limit=7`)).status, 200);

  t.equal((await hold('closed')).code, 0);
  await inflict('kill', postgres);
  // One that was under way may still have been answered, and kept.
  let limit = 0;
  await until('statements fail', async () => {
    limit += 1;
    return (await fetch(`${steadfast.origin}/api/articles?limit=${limit}`)).status === 503;
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  t.match(await healthOf(steadfast), { breaker: { state: 'closed' } }, 'it does not open');
  t.equal((await hold('auto')).code, 0);
  await until('then it does', async () => (await healthOf(steadfast)).breaker.state === 'open', 10_000);
  await postgres.start();
  await until('and recovers', async () => (await healthOf(steadfast)).breaker.state === 'closed', 15_000);
});

test('a hold ends by itself, outlives a restart, and one that cannot be read holds nothing', async (t) => {
  const { environment, file } = await setUp(t);
  const before = await runCommand(t, ['breaker', 'open', '--for', '8s'], {
    environment: { ...environment, PORT: '1' },
  });
  t.equal(before.code, 0);
  t.match(before.stdout, /No server answers .*When one starts .* its breaker is open, held by hand/);
  const steadfast = await startSteadfast(t, environment);
  t.match(await healthOf(steadfast), { breaker: { state: 'open' } });
  await until('it ends by itself', async () => (await healthOf(steadfast)).breaker.state === 'closed', 15_000);

  writeFileSync(file, '{"state": "ajar"}');
  await until('the log says so', () => steadfast.log.some(({ msg }) => msg.includes('cannot be read')));
  t.match(await healthOf(steadfast), { breaker: { state: 'closed', held: null } });
});

test('what was held closed is judged again once it is released, and by what happens from then on', async (t) => {
  const breaker = new Breaker({ timeoutMs: 1000, slowCallMs: 500, onEvent: () => {} });
  t.teardown(() => breaker.shutdown());
  const fail = async () => {
    const lost = async () => Promise.reject(new DatabaseUnavailable('connection'));
    for (let call = 0; call < 20; call += 1) await breaker.run('test.fails', lost).catch(() => {});
  };
  breaker.hold({ state: 'closed', since: new Date().toISOString(), until: null, reason: '' });
  await fail();
  t.equal(breaker.state, 'closed');
  breaker.hold(undefined);
  t.equal(breaker.state, 'closed', 'what failed meanwhile does not open it');
  await fail();
  t.equal(breaker.state, 'open');
});

test('what cannot be understood is refused with the help', async (t) => {
  const environment = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', BREAKER_HOLD_FILE: holdFile(t) };
  for (const args of [
    ['ajar'],
    ['open', '--for', '5 minutes'],
    ['open', '--for', '0m'],
    ['open', 'closed'],
    ['auto', '--for', '3m'],
    ['--reason', 'x'],
  ]) {
    const { code, stderr } = await runCommand(t, ['breaker', ...args], { environment });
    t.equal(code, 64, args.join(' '));
    t.match(stderr, /npm run breaker -- auto/);
  }
});

test('without a server it says what one would make of the file', async (t) => {
  const file = holdFile(t);
  const environment = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', BREAKER_HOLD_FILE: file, PORT: '1' };
  const breaker = (...args: string[]) => runCommand(t, ['breaker', ...args], { environment });
  t.match(await breaker(), { code: 0, stdout: /No server answers .* nothing holds its breaker/ });
  await breaker('open', '--for', '1h', '--reason', 'moving house');
  const held = /its breaker is open, held by hand \(moving house\) since \S+ until \S+\. To release it: npm run/;
  t.match(await breaker(), { code: 0, stdout: held });
  writeFileSync(file, '{"state": "ajar"}');
  t.match(await breaker(), { code: 0, stdout: /cannot be read .*, and holds nothing/ });
});
