import { test } from 'tap';
import { runShell } from '../../src/throwaway/shell.ts';
import { get, until } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';
import { inflict } from '../support/private-servers.ts';
import { environmentOf, post, register, setUp } from '../support/replica-stage.ts';
import { replicatedPostgres } from '../support/replicated.ts';

const one = { name: 'test.one', text: "select 'one'" };
const dear = { name: 'test.dear', text: 'select pg_sleep(2)::text' };

test('who stands in for the primary', async (t) => {
  const servers = await replicatedPostgres(t, 1);
  const { database, statements } = await openDatabase(t, {
    ...environmentOf(servers),
    DB_LOCK_TIMEOUT_MS: '100',
    DB_STATEMENT_TIMEOUT_MS: '500',
  });
  await until('the replica can be used', () => database.snapshot().replicas.every(({ usable }) => usable));
  let timesBehind = 0;
  const onBehind = () => {
    timesBehind += 1;
  };

  await t.test('nobody does for a statement that takes too long', async (tt) => {
    const error = { name: 'DatabaseUnavailable', reason: 'statement-timeout' };
    await tt.rejects(database.query(dear, [], { onBehind }), error);
    tt.equal(statements.filter(({ name }) => name === dear.name).length, 1);
  });

  await inflict('kill', servers.primary);
  await until('the breaker opens', () => database.snapshot().breaker.state === 'open');

  await t.test('a replica does for those who can be told that it may be behind', async (tt) => {
    tt.equal(await database.query(one, [], { onBehind }), 'one');
    tt.equal(timesBehind, 1, 'and they are told');
    tt.equal(await database.query(one, [], { onBehind, position: 0 }), 'one');
    tt.equal(timesBehind, 1, 'if it is so');
  });

  await t.test('nobody does for a login or whoever else needs an answer of now', async (tt) => {
    await tt.rejects(database.query(one, []), { name: 'DatabaseUnavailable', reason: 'open' });
  });
});

test('of what a replica that is behind does not know, nobody is told that it does not exist', async (t) => {
  const { servers, steadfast } = await setUp(t, 1, { DB_REPLICA_MAX_LAG_MS: '600000' });
  const [standby] = servers.standbys;
  if (standby === undefined) throw new Error('no standby');
  await runShell(standby.commands.pauseReplay);
  const early = await register(steadfast);
  t.equal(
    (await get(steadfast.origin, '/api/user', { authorization: `Token ${early.token}` })).status,
    200,
    'the primary knows',
  );
  const { token, username } = await register(steadfast);
  await inflict('kill', servers.primary);
  await until('the breaker opens', async () => (await get(steadfast.origin, '/health/database')).status === 503);

  t.equal((await get(steadfast.origin, '/api/profiles/tom')).status, 200, 'what it knows is answered');
  t.equal((await get(steadfast.origin, `/api/profiles/${username}`)).status, 503, 'not 404');
  const own = await get(steadfast.origin, '/api/user', { authorization: `Token ${token}` });
  t.equal(own.status, 503, 'not 401');
  const user = { email: `${username}@example.com`, password: 'correct horse' };
  t.equal((await post(steadfast, '/api/users/login', { user })).status, 503, 'nor that the password is wrong');
});
