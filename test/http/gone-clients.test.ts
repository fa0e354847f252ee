import { connect } from 'node:net';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { holdTable } from '../support/table-locks.ts';

const FLOOD = 12;

test('a client that goes away while it waits costs PostgreSQL nothing', async (t) => {
  const environment = await testEnvironment(t);
  const steadfast = await startSteadfast(t, { ...environment, DB_POOL_MAX: '1', DB_QUEUE_MAX: '100' });
  const metric = async (name: string) => {
    const { text } = await get(steadfast.origin, '/metrics');
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.split(' ')[1],
    );
  };
  const waiting = async () => (await get(steadfast.origin, '/health/database')).json.pool.waiting as number;

  // Whoever holds this lock keeps the only connection busy.
  const letGo = await holdTable(t, environment.DATABASE_URL, { table: 'articles' });
  const busy = get(steadfast.origin, '/api/articles?limit=1');
  await until(
    'the connection is taken',
    async () => (await get(steadfast.origin, '/health/database')).json.pool.used === 1,
  );
  const clients = Array.from({ length: FLOOD }, (_, index) => {
    const socket = connect(steadfast.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET /api/articles?limit=${index + 2} HTTP/1.1\r\nhost: x\r\n\r\n`);
    return socket;
  });
  // Two who want the same share one load; that one of them goes away takes nothing from the other.
  const stays = get(steadfast.origin, '/api/articles?limit=2');
  await until('they wait', async () => (await waiting()) === FLOOD);
  for (const socket of clients) socket.destroy();
  await until('that is noticed', async () => (await metric('http_server_aborted_requests_total')) === FLOOD);
  await letGo();
  t.equal((await busy).status, 200);
  t.equal((await stays).status, 200, 'who stays is answered');
  await until(
    'the others were dropped',
    async () => (await metric('bulkhead_rejections_total{reason="caller-gone"}')) === FLOOD - 1,
  );
});
