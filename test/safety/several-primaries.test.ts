import { test } from 'tap';
import { runCommand } from '../support/command-line.ts';
import { get, until } from '../support/http.ts';
import { createdIn } from '../support/migrations.ts';
import { inflict } from '../support/private-servers.ts';
import { caughtUp, replicatedPostgres } from '../support/replicated.ts';
import { sharedServers, sql, withDatabase } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

test('migrations, seeds and the guard go to whichever of several servers is the primary', async (t) => {
  const { primary, standbys } = await replicatedPostgres(t);
  const [standby] = standbys;
  if (standby === undefined) throw new Error('one standby was asked for');
  await sql(primary.url, 'create database fresh');
  await caughtUp(primary, standby);
  const { username, password } = new URL(primary.url);
  const environment = {
    // The standby first: the order says nothing about who is the primary.
    DB_HOST: `127.0.0.1:${standby.port},127.0.0.1:${primary.port}`,
    ...{ DB_NAME: 'fresh', DB_USER: username, DB_PASSWORD: password },
    REDIS_URL: sharedServers().redisUrl,
    REDIS_KEY_PREFIX: 'several-primaries',
  };
  const run = (...args: string[]) => runCommand(t, args, { environment });

  await t.test('as long as nothing happens', async (t) => {
    const { code, output } = await run('migrate');
    t.equal(code, 0, output);
    t.ok((await createdIn(withDatabase(primary.url, 'fresh'))).includes('articles'));
    await caughtUp(primary, standby);
  });

  await t.test('where none is the primary, each is named with what it says', async (t) => {
    await inflict('kill', primary);
    const { code, stderr } = await run('seed');
    t.equal(code, 1);
    t.match(stderr, `127.0.0.1:${standby.port} is a standby; 127.0.0.1:${primary.port} connect ECONNREFUSED`);
  });

  await t.test('after a promotion, even when the former primary comes back as one', async (t) => {
    await inflict('promote', standby);
    const takesChanges = 'select from pg_database where not pg_is_in_recovery()';
    await until('it is promoted', async () => (await sql(standby.url, takesChanges)).length > 0);
    await primary.start();
    const { code, output } = await run('seed');
    t.equal(code, 0, output);
    const users = (url: string) => sql(withDatabase(url, 'fresh'), 'select from users');
    t.equal((await users(standby.url)).length, 8);
    t.equal((await users(primary.url)).length, 0);
    const { origin } = await startSteadfast(t, environment);
    t.match((await get(origin, '/health')).json, { status: 'healthy', database: { table_counts: { users: 8 } } });
  });
});
