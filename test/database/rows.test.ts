import { connect, createServer, type Socket } from 'node:net';
import { test } from 'tap';
import { TextClient } from '../../src/database/text-connection.ts';
import { openDatabase } from '../support/open-database.ts';
import { sharedServers, testEnvironment } from '../support/shared-servers.ts';

/** What comes byte by byte takes a while, also for the probe. */
const PATIENT = { DB_PROBE_TIMEOUT_MS: '20000', DB_CONNECT_TIMEOUT_MS: '20000' };

const echo = { name: 'test.echo', text: 'select $1::text' };
const values = {
  name: 'test.values',
  text: "select concat_ws('|', $1::text, $2::bigint, $3::boolean, coalesce($4::text, 'nothing'), $5::text[])",
};

test('a text comes as the bytes that it is, in memory of its own, whatever its length', async (t) => {
  const { database } = await openDatabase(t, { ...(await testEnvironment(t)), ...PATIENT });
  for (const text of ['', 'x', 'é—😀', 'x'.repeat(5000), 'é—😀'.repeat(30_000), 'y'.repeat(3_000_000)]) {
    const bytes = await database.read(echo, [text]);
    t.ok(bytes?.equals(Buffer.from(text)), `${text.length} characters`);
    t.ok((bytes?.buffer.byteLength ?? 0) < Buffer.byteLength(text) + 16, 'and nothing else is kept with it');
  }
  t.equal(await database.read(echo, [null]), null);
  t.equal(await database.read({ name: 'test.no_row', text: 'select where false' }, []), null);
  t.equal(await database.query({ name: 'test.column', text: "select 'first', 'second'" }, []), 'first');
  const calls = Array.from({ length: 10 }, (_, number) => database.query(echo, [`${number}`.repeat(20_000)]));
  for (const [number, text] of (await Promise.all(calls)).entries()) t.equal(text, `${number}`.repeat(20_000));
});

test('values reach PostgreSQL as what they are', async (t) => {
  const { database } = await openDatabase(t, { ...(await testEnvironment(t)), ...PATIENT });
  const text = await database.query(values, ['é', 42, true, null, ['a', 'b"c', 'd\\e', '', 'null', 'f,{g}']]);
  t.equal(text, String.raw`é|42|t|nothing|{a,"b\"c","d\\e","","null","f,{g}"}`);
  t.equal(await database.query({ name: 'test.length', text: 'select cardinality($1::text[])::text' }, [[]]), '0');
});

test('after an error of a prepared statement the same connection prepares and runs it again', async (t) => {
  const { database } = await openDatabase(t, { ...(await testEnvironment(t)), DB_POOL_MAX: '1' });
  const divide = { name: 'test.divide', text: 'select (1 / $1::int)::text' };
  const backend = { name: 'test.backend', text: 'select pg_backend_pid()::text' };
  const before = await database.query(backend, []);
  for (let round = 0; round < 2; round += 1) {
    await t.rejects(database.query(divide, [0]), { code: '22012' });
    await t.rejects(database.query(divide, ['no number']), { code: '22P02' });
    await t.rejects(database.query({ name: 'test.wrong', text: 'select nothing' }, []), { code: '42703' });
    t.equal(await database.query(divide, [1]), '1');
  }
  t.equal(await database.query(backend, []), before);
});

test('rows are told from other messages however the network cuts them', async (t) => {
  const { hostname, port } = new URL(sharedServers().postgresUrl);
  for (const bytesAtOnce of [1, 3, 7]) {
    const sockets = new Set<Socket>();
    const relay = createServer((client) => {
      const server = connect(Number(port), hostname);
      for (const socket of [client, server]) sockets.add(socket.on('error', () => {}).setNoDelay(true));
      client.pipe(server);
      server.on('data', async (data) => {
        server.pause();
        for (let at = 0; at < data.length; at += bytesAtOnce) {
          await new Promise((resolve) => client.write(data.subarray(at, at + bytesAtOnce), resolve));
        }
        server.resume();
      });
    });
    t.teardown(() => {
      for (const socket of sockets) socket.destroy();
      relay.close();
    });
    const relayPort = await new Promise<number>((resolve) => {
      relay.listen(0, '127.0.0.1', () => resolve(Number(Object(relay.address()).port)));
    });
    const url = new URL((await testEnvironment(t)).DATABASE_URL);
    url.port = String(relayPort);
    const { database } = await openDatabase(t, { ...PATIENT, DATABASE_URL: url.href });
    t.equal(await database.query(echo, ['é—😀'.repeat(50)]), 'é—😀'.repeat(50), `${bytesAtOnce} at once`);
    await t.rejects(database.query({ name: 'test.wrong', text: 'select nothing' }, []), { code: '42703' });
  }
});

test('what is no row of PostgreSQL ends the connection', async (t) => {
  const server = createServer((socket) =>
    socket.on('error', () => {}).end(Buffer.from('D\xff\xff\xff\xff', 'latin1')),
  );
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new TextClient({ host: '127.0.0.1', port: Number(Object(server.address()).port), user: 'nobody' });
  client.on('error', () => {});
  await t.rejects(client.connect(), /longer than any/);
});
