import { Redis } from 'ioredis';
import { test } from 'tap';
import { everydayEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { createDatabase, sharedServers, sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

test('another database under the same name is noticed, and nothing cached of the old one is current', async (t) => {
  const environment = await everydayEnvironment(t);
  const other = await createDatabase(t);
  await sql(other, "update articles set title = 'From the other database' where slug = 'the-pager-is-a-promise'");
  const steadfast = await startSteadfast(t, environment);
  const read = async () => (await get(steadfast.origin, '/api/articles/the-pager-is-a-promise')).text;
  t.notMatch(await read(), 'From the other database');
  const redis = new Redis(environment.REDIS_URL);
  t.teardown(() => redis.disconnect());
  const keptTags = async () => (await redis.keys(`${environment.REDIS_KEY_PREFIX}:*{tags}:entry:*`)).length;
  await until('Redis keeps the tags, too', async () => {
    // Again each time: an answer that came while Redis was slow is not kept there.
    await get(steadfast.origin, '/api/tags');
    return (await keptTags()) === 1;
  });

  const [name, otherName] = [environment.DATABASE_URL, other].map((url) => new URL(url).pathname.slice(1));
  await sql(sharedServers().postgresUrl, `alter database ${name} allow_connections false`);
  await sql(
    sharedServers().postgresUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname in ('${name}', '${otherName}')`,
  );
  await sql(sharedServers().postgresUrl, `alter database ${name} rename to ${name}_before`);
  t.teardown(() => sql(sharedServers().postgresUrl, `drop database if exists ${name}_before with (force)`));
  await sql(sharedServers().postgresUrl, `alter database ${otherName} rename to ${name}`);

  await until('the other one is read', async () => (await read()).includes('From the other database'), 20_000);
  await until('Redis has forgotten the tags of the old one', async () => (await keptTags()) === 0, 20_000);
  t.ok(steadfast.log.some(({ msg }) => msg.startsWith('another database has the name now')));
});
