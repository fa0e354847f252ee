import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { holdTable, untilSomebodyWaits } from '../support/table-locks.ts';

type Outcome = { readonly kind: 'answered'; readonly status: number } | { readonly kind: string };

/** One request on a keep-alive connection; says whether it was answered, refused or cut off. */
function ask(port: number, path: string, agent: Agent): Promise<Outcome> {
  return new Promise((resolve) => {
    const request = httpRequest({ port, host: '127.0.0.1', path, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve({ kind: 'answered', status: response.statusCode ?? 0 }));
      response.on('error', (error) => resolve({ kind: error.message }));
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve({ kind: error.code ?? error.message }));
    request.end();
  });
}

for (const keepAlive of [true, false]) {
  test(`SIGTERM under load, ${keepAlive ? 'on keep-alive connections' : 'each on a new connection'}: every accepted request is answered and nobody is cut off`, async (t) => {
    const steadfast = await startSteadfast(t, await testEnvironment(t));
    const outcomes: Outcome[] = [];
    let terminated = false;
    const client = async () => {
      const agent = new Agent({ keepAlive, maxSockets: 1 });
      for (let number = 0; number < 5000; number += 1) {
        const outcome = await ask(steadfast.port, `/api/articles?offset=${number % 7}`, agent);
        outcomes.push(outcome);
        // Refused means that the port is closed: the orderly way to say that it is over.
        if (outcome.kind !== 'answered') break;
        if (terminated) await sleep(1);
      }
      agent.destroy();
    };
    const clients = Array.from({ length: 20 }, client);
    await sleep(300);
    terminated = true;
    steadfast.process.kill('SIGTERM');
    await Promise.all(clients);
    t.equal(await steadfast.ended, 0);
    const answered = outcomes.filter(({ kind }) => kind === 'answered');
    t.ok(answered.length > 20, `${answered.length} answers`);
    t.ok(
      answered.every((outcome) => 'status' in outcome && outcome.status === 200),
      'all of them 200',
    );
    const others = outcomes.map(({ kind }) => kind).filter((kind) => kind !== 'answered');
    // When a port is closed, the kernel resets connections that it has completed and nobody has accepted yet. Only
    // newcomers can meet that, each once at the most.
    const unaccepted = keepAlive ? 0 : clients.length;
    t.ok(others.filter((kind) => kind === 'ECONNRESET').length <= unaccepted, 'nobody is cut off');
    t.same(
      others.filter((kind) => kind !== 'ECONNREFUSED' && kind !== 'ECONNRESET'),
      [],
      'and everyone else was refused at the door',
    );
  });
}

test('a request under way at SIGTERM is finished, and readiness said no meanwhile', async (t) => {
  const environment = await testEnvironment(t);
  const steadfast = await startSteadfast(t, environment);
  const agent = new Agent({ keepAlive: true });
  const idle = new Agent({ keepAlive: true });
  await ask(steadfast.port, '/readyz', idle);
  const letGo = await holdTable(t, environment.DATABASE_URL, { table: 'comments' });
  const slow = ask(steadfast.port, '/api/articles/a-small-defence-of-boring-software/comments', agent);
  await untilSomebodyWaits(environment.DATABASE_URL);
  steadfast.process.kill('SIGTERM');
  await until('readiness says no', async () => {
    const outcome = await ask(steadfast.port, '/readyz', idle);
    return 'status' in outcome && outcome.status === 503;
  });
  await letGo();
  t.match(await slow, { kind: 'answered', status: 200 });
  t.equal(await steadfast.ended, 0);
  agent.destroy();
  idle.destroy();
});

test('a second signal ends it at once', async (t) => {
  const environment = await testEnvironment(t);
  const steadfast = await startSteadfast(t, environment);
  const agent = new Agent({ keepAlive: true });
  await ask(steadfast.port, '/health/ping', agent);
  const startedAt = performance.now();
  steadfast.process.kill('SIGTERM');
  await sleep(50);
  steadfast.process.kill('SIGTERM');
  t.equal(await steadfast.ended, 1);
  t.ok(performance.now() - startedAt < 900, 'without waiting for idle connections');
  agent.destroy();
});
