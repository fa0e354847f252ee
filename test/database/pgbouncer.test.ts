import { test } from 'tap';
import { EXIT_CONFIGURATION } from '../../src/config/problems.ts';
import { runCommand } from '../support/command-line.ts';
import { MANY_LOGINS, ONE_SERVICE, publish, register } from '../support/conduit.ts';
import { walkContract } from '../support/contract.ts';
import { get } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';
import { LIMITS, pooledServers } from '../support/pooled-servers.ts';
import { inflict } from '../support/private-servers.ts';
import { sql } from '../support/shared-servers.ts';
import { runToEnd, startSteadfast } from '../support/steadfast.ts';

/** More callers than either pool has connections, and nobody is sent away. */
const CROWD = { DB_QUEUE_MAX: '1000', DB_QUEUE_TIMEOUT_MS: '20000', REQUEST_DEADLINE_MS: '30000' };

test('Steadfast works through PgBouncer in transaction mode', async (t) => {
  const servers = await pooledServers(t);
  const environment = { ...servers.environment, ...MANY_LOGINS, ...ONE_SERVICE, ...CROWD };
  const [first, second] = await Promise.all([startSteadfast(t, environment), startSteadfast(t, environment)]);

  t.test('every line of the contract holds', (t) => walkContract(t, first.origin));

  t.test('many more callers than connections, at two servers', async (t) => {
    const writer = await register(first.origin);
    const origins = [first.origin, second.origin];
    const published = await Promise.all(
      Array.from({ length: 40 }, (_, index) => publish(writer.call.at(origins[index % 2] ?? first.origin))),
    );
    const reads = await Promise.all(
      origins.flatMap((origin) => [
        ...published.map((slug) => get(origin, `/api/articles/${slug}`)),
        ...Array.from({ length: 60 }, (_, index) => get(origin, `/api/articles?limit=5&offset=${index}`)),
        ...Array.from({ length: 40 }, (_, index) => get(origin, `/api/profiles/nobody-${index}`)),
      ]),
    );
    t.same([...new Set(reads.map(({ status }) => status))].sort(), [200, 404]);
    t.equal(reads.filter(({ status }) => status === 404).length, 80, 'only those who are not there are not found');
    const favorites = published.map((slug) => writer.call.post(`/articles/${slug}/favorite`));
    t.same([...new Set((await Promise.all(favorites)).map(({ status }) => status))], [200]);
    const mine = await get(second.origin, `/api/articles?favorited=${writer.username}`);
    t.equal(mine.json.articlesCount, published.length);
  });

  t.test('nothing is prepared, and statements keep their names for the metrics', async (t) => {
    const prepared = await sql(servers.pgbouncer.url, 'select name from pg_prepared_statements');
    t.same(prepared, []);
    t.match((await get(first.origin, '/metrics')).text, /db_operation_name="articles\.\w/);
  });

  t.test('no start said that limits are missing', async (t) => {
    t.notMatch(JSON.stringify([...first.log, ...second.log]), /alter role/);
    const { code, stdout } = await runCommand(t, ['doctor'], { environment: servers.environment });
    t.equal(code, 0, stdout);
  });
});

test('transactions and time limits through PgBouncer', async (t) => {
  const servers = await pooledServers(t, { ...LIMITS, statement_timeout: '700ms', lock_timeout: '300ms' });
  const { database, statements } = await openDatabase(t, { ...servers.environment, ...CROWD });
  await sql(servers.postgres.url, 'create table counters (name text primary key, value int not null)');
  await sql(servers.postgres.url, "insert into counters values ('one', 0), ('two', 0)");
  const lock = { name: 'test.lock', text: "select value::text from counters where name = 'one' for update" };
  const set = { name: 'test.set', text: "update counters set value = $1::int where name = 'one' returning null" };
  const count = { name: 'test.count', text: "select value::text from counters where name = 'one'" };

  t.test('statements of one transaction stay together', async (t) => {
    // More at once than PgBouncer has connections; each sees what the one before left.
    const add = () =>
      database.transaction('test.add', async (transaction) => {
        const value = Number(await transaction.query(lock, []));
        await transaction.query(set, [value + 1]);
      });
    for (let round = 0; round < 10; round += 1) await Promise.all([add(), add(), add(), add()]);
    t.equal(await database.query(count, []), '40');
  });

  t.test('one that fails is rolled back', async (t) => {
    const fail = database.transaction('test.fail', async (transaction) => {
      await transaction.query(set, [-1]);
      throw new Error('changed my mind');
    });
    await t.rejects(fail, { message: 'changed my mind' });
    t.equal(await database.query(count, []), '40');
  });

  t.test("the role's limits hold: PostgreSQL ends the statement, before we give it up", async (t) => {
    const sleep = { name: 'test.sleep', text: 'select pg_sleep(20)::text' };
    await t.rejects(database.query(sleep, []), { name: 'DatabaseUnavailable', reason: 'statement-timeout' });
    const left = await sql(
      servers.postgres.url,
      "select from pg_stat_activity where query = 'select pg_sleep(20)::text' and state = 'active'",
    );
    t.equal(left.length, 0, 'and it is at an end there');
    t.match(statements.at(-1), { name: 'test.sleep', errorType: 'statement-timeout' });
  });

  t.test('a lock that is not to be had is said to be one', async (t) => {
    const held = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const holding = database.transaction('test.hold', async (transaction) => {
      await transaction.query(lock, []);
      held.resolve();
      await released.promise;
    });
    await held.promise;
    await t.rejects(database.write(set, [7]), { name: 'DatabaseOverloaded', reason: 'lock' });
    released.resolve();
    await holding;
  });
});

test('what cannot go through PgBouncer does not: migrations need PostgreSQL alone', async (t) => {
  const { postgres, pgbouncer, environment } = await pooledServers(t);
  await sql(postgres.url, 'create database fresh');
  const pooled = new URL(pgbouncer.url);
  pooled.pathname = '/fresh';
  const fresh = { ...environment, DATABASE_URL: pooled.href };
  await inflict('kill', pgbouncer);
  const migrated = await runCommand(t, ['migrate'], { environment: fresh });
  t.equal(migrated.code, 0, migrated.output);
  t.match(migrated.stdout, /Applied 2/);
  t.match(await runCommand(t, ['seed'], { environment: fresh }), { code: 0, stdout: /Loaded the sample blog/ });
  await pgbouncer.start();
  const { origin } = await startSteadfast(t, fresh);
  t.equal((await get(origin, '/api/articles')).status, 200);
  t.equal((await get(origin, '/health')).json.status, 'healthy');
});

test('a role without limits is told of, with what to type', async (t) => {
  const servers = await pooledServers(t, {});
  const said =
    /the role steadfast has none for statement_timeout, lock_timeout, .*alter role "steadfast" set statement_timeout = '2000';/;
  const { log } = await startSteadfast(t, servers.environment);
  t.match(
    log.find(({ msg }) => /PgBouncer cannot carry/.test(msg)),
    { level: 40, msg: said },
  );
  const before = await runCommand(t, ['doctor'], { environment: servers.environment });
  t.equal(before.code, 1);
  t.match(before.stdout, said);

  t.test('and what it says to type is right', async (t) => {
    const typed = before.stdout.match(/alter role [^;]+;/g) ?? [];
    t.equal(typed.length, 5);
    for (const statement of typed) await sql(servers.postgres.url, statement);
    await inflict('kill', servers.pgbouncer);
    await servers.pgbouncer.start();
    const after = await runCommand(t, ['doctor'], { environment: servers.environment });
    t.equal(after.code, 0, after.output);
  });
});

test('a PgBouncer that nobody told us of, and one that refuses us, are refused at start', async (t) => {
  const { environment } = await pooledServers(t);
  const { DATABASE_URL, REDIS_URL } = environment;
  t.match(await runToEnd(t, { DATABASE_URL, REDIS_URL }), {
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
