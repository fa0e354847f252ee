import { test } from 'tap';
import { EXIT_CONFIGURATION } from '../../src/config/problems.ts';
import { runCommand } from '../support/command-line.ts';
import { PATIENCE } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { pooledServers } from '../support/pooled-servers.ts';
import { inflict } from '../support/private-servers.ts';
import { sql } from '../support/shared-servers.ts';
import { runToEnd, startSteadfast } from '../support/steadfast.ts';

test('what cannot go through PgBouncer does not: migrations need PostgreSQL alone', async (t) => {
  const { postgres, pgbouncer, environment } = await pooledServers(t);
  await sql(postgres.url, 'create database fresh');
  const pooled = new URL(pgbouncer.url);
  pooled.pathname = '/fresh';
  const fresh = { ...environment, ...PATIENCE, DATABASE_URL: pooled.href };
  await inflict('kill', pgbouncer);
  const migrated = await runCommand(t, ['migrate'], { environment: fresh });
  t.equal(migrated.code, 0, migrated.output);
  t.match(migrated.stdout, /Applied \d+ to/);
  t.match(await runCommand(t, ['seed'], { environment: fresh }), { code: 0, stdout: /Loaded the sample blog/ });
  await pgbouncer.start();
  const { origin } = await startSteadfast(t, fresh);
  t.equal((await get(origin, '/api/articles')).status, 200);
  t.equal((await get(origin, '/health')).json.status, 'healthy');
});

test('a role without limits is told of, with what to type', async (t) => {
  const servers = await pooledServers(t, {});
  const environment = { ...servers.environment, ...PATIENCE };
  const said =
    /the role steadfast has none for statement_timeout, lock_timeout, .*alter role "steadfast" set statement_timeout = '20000';/;
  const { log } = await startSteadfast(t, environment);
  t.match(
    log.find(({ msg }) => /PgBouncer cannot carry/.test(msg)),
    { level: 40, msg: said },
  );
  const before = await runCommand(t, ['doctor'], { environment });
  t.match(before.stdout, said);

  t.test('and what it says to type is right', async (t) => {
    const typed = before.stdout.match(/alter role [^;]+;/g) ?? [];
    t.equal(typed.length, 5);
    for (const statement of typed) await sql(servers.postgres.url, statement);
    await inflict('kill', servers.pgbouncer);
    await servers.pgbouncer.start();
    const after = await runCommand(t, ['doctor'], { environment });
    t.notMatch(after.stdout, /alter role/);
  });
});

test('a PgBouncer that nobody told us of, and one that refuses us, are refused at start', async (t) => {
  const environment = { ...(await pooledServers(t)).environment, ...PATIENCE };
  const { DATABASE_URL, REDIS_URL } = environment;
  const untold = { DATABASE_URL, REDIS_URL, ...PATIENCE };
  t.match(await runToEnd(t, untold), {
    code: EXIT_CONFIGURATION,
    stderr: /is a PgBouncer, not PostgreSQL.*\n.*DB_POOLER=pgbouncer and DB_DIRECT_HOST/,
  });
  const wrong = new URL(DATABASE_URL);
  wrong.password = 'wrong';
  t.match(await runToEnd(t, { ...environment, DATABASE_URL: wrong.href }), {
    code: EXIT_CONFIGURATION,
    stderr: /refuses the user "steadfast"/,
  });
  wrong.href = DATABASE_URL;
  wrong.pathname = '/nothing';
  t.match(await runToEnd(t, { ...environment, DATABASE_URL: wrong.href }), {
    code: EXIT_CONFIGURATION,
    stderr: /has no database "nothing"/,
  });
});
