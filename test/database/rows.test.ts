import { connect, createServer, type Socket } from 'node:net';
import { test } from 'tap';
import { TextClient } from '../../src/database/text-connection.ts';
import { encryptedServer } from '../support/encrypted-server.ts';
import { PATIENCE, testEnvironment } from '../support/environment.ts';
import { openDatabase } from '../support/open-database.ts';
import { sharedServers } from '../support/shared-servers.ts';

const echo = { name: 'test.echo', text: 'select $1::text' };
const values = {
  name: 'test.values',
  text: "select concat_ws('|', $1::text, $2::bigint, $3::boolean, coalesce($4::text, 'nothing'), $5::text[])",
};

test('a text comes as the bytes that it is, in memory of its own, whatever its length', async (t) => {
  const { database } = await openDatabase(t, await testEnvironment(t));
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
  const { database } = await openDatabase(t, await testEnvironment(t));
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

test('two statements of one name are not taken for each other', async (t) => {
  const { database } = await openDatabase(t, { ...(await testEnvironment(t)), DB_POOL_MAX: '1' });
  const first = { name: 'test.same_name', text: "select 'first'" };
  t.equal(await database.query(first, []), 'first');
  const second = database.query({ name: 'test.same_name', text: "select 'second'" }, []);
  await t.rejects(second, { cause: { message: 'two statements are named test.same_name' } });
  t.equal(await database.query(first, []), 'first');
});

test('what answers with anything but rows ends no process', async (t) => {
  const { database } = await openDatabase(t, { ...(await testEnvironment(t)), DB_POOL_MAX: '1' });
  t.equal(await database.query({ name: 'test.comment', text: '-- nothing' }, []), null);
  t.equal(await database.query(echo, ['next']), 'next');
  t.equal(await database.query({ name: 'test.copy_out', text: "copy (select 'one') to stdout" }, []), null);
  t.equal(await database.query(echo, ['next']), 'next');
  const copyIn = { name: 'test.copy_in', text: 'copy tags (name) from stdin' };
  await t.rejects(database.query(copyIn, []), { cause: { message: /not asked for/ } });
  t.equal(await database.query(echo, ['next']), 'next');
});

test('of several rows the first one counts', async (t) => {
  const { database } = await openDatabase(t, { ...(await testEnvironment(t)), DB_POOL_MAX: '1' });
  const rows = { name: 'test.rows', text: 'select * from unnest($1::text[])' };
  t.equal(await database.query(rows, [['first', 'second']]), 'first');
  const nullFirst = { name: 'test.null_first', text: "values (null), ('second')" };
  t.equal(await database.query(nullFirst, []), null);
  const renaming = {
    name: 'test.renaming',
    text: "select set_config('application_name', 'steadfast ' || n, false) from generate_series(1, 3) as n",
  };
  t.equal(await database.query(renaming, []), 'steadfast 1', 'with parameters that PostgreSQL reports');
});

test('an error behind large rows costs neither the process nor the connection', async (t) => {
  const { database } = await openDatabase(t, { ...(await testEnvironment(t)), DB_POOL_MAX: '1' });
  const backend = { name: 'test.backend', text: 'select pg_backend_pid()::text' };
  const before = await database.query(backend, []);
  const failing = {
    name: 'test.failing',
    text: "select repeat('x', 500000) || 1 / (5 - n) from generate_series(1, 5) as n",
  };
  await t.rejects(database.query(failing, []), { code: '22012' });
  t.equal(await database.query(echo, ['next']), 'next');
  t.equal(await database.query(backend, []), before);
});

test('large rows come whole through TLS', async (t) => {
  const { url } = await encryptedServer(t);
  const { database } = await openDatabase(t, { ...PATIENCE, DATABASE_URL: `${url}?sslmode=require` });
  const encrypted = { name: 'test.tls', text: 'select ssl::text from pg_stat_ssl where pid = pg_backend_pid()' };
  t.equal(await database.query(encrypted, []), 'true');
  for (const text of ['x', 'é—😀'.repeat(150_000), 'y'.repeat(3_000_000)]) {
    t.ok((await database.read(echo, [text]))?.equals(Buffer.from(text)), `${text.length} characters`);
  }
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
    const { database } = await openDatabase(t, { ...PATIENCE, DATABASE_URL: url.href });
    t.equal(await database.query(echo, ['é—😀'.repeat(50)]), 'é—😀'.repeat(50), `${bytesAtOnce} at once`);
    await t.rejects(database.query({ name: 'test.wrong', text: 'select nothing' }, []), { code: '42703' });
  }
});

test('what is no row of PostgreSQL ends the connection', async (t) => {
  const malformed = {
    'longer than any': 'D\xff\xff\xff\xff',
    'a length that does not count itself': 'D\0\0\0\0',
    'no room for the length of its column': 'D\0\0\0\x09\0\x01\0\0\0',
    'a column longer than the row': 'D\0\0\0\x0b\0\x01\0\0\0\x02x',
    'a column shorter than null': 'D\0\0\0\x0b\0\x01\xff\xff\xff\xfex',
  };
  for (const [how, bytes] of Object.entries(malformed)) {
    const server = createServer((socket) => socket.on('error', () => {}).end(Buffer.from(bytes, 'latin1')));
    t.teardown(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = Object(server.address());
    const client = new TextClient({ host: '127.0.0.1', port: Number(port), user: 'nobody' });
    client.on('error', () => {});
    await t.rejects(client.connect(), /no row of ours/, how);
  }
});
