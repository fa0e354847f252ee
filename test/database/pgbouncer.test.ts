import { test } from 'tap';
import { runCommand } from '../support/command-line.ts';
import { MANY_LOGINS, ONE_SERVICE, publish, register } from '../support/conduit.ts';
import { walkContract } from '../support/contract.ts';
import { PATIENCE } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { openDatabase } from '../support/open-database.ts';
import { LIMITS, pooledServers } from '../support/pooled-servers.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** More callers than either pool has connections, and nobody is sent away. */
const CROWD = { ...PATIENCE, DB_QUEUE_MAX: '1000', REQUEST_DEADLINE_MS: '30000' };

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
    const { code, stdout } = await runCommand(t, ['doctor'], { environment });
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
