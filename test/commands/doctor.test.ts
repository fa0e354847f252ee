import { test } from 'tap';
import { freePort } from '../../src/throwaway/shell.ts';
import { runCommand } from '../support/command-line.ts';
import { emptyServers } from '../support/empty-servers.ts';
import { testEnvironment } from '../support/environment.ts';
import { inflict } from '../support/private-servers.ts';
import { sharedServers, withDatabase } from '../support/shared-servers.ts';

const NO_STACK = /^\s+at /m;

/** The doctor may wait a little for servers that hang, but not for ever. */
const SOON_MS = 15_000;

test('the doctor finds nothing wrong where all is well', async (t) => {
  const environment = await testEnvironment(t);
  const { code, stdout, stderr } = await runCommand(t, ['doctor'], { environment });
  t.equal(code, 0);
  t.match(stdout, /^PostgreSQL: test_\w+ on 127\.0\.0\.1:\d+\. Redis: 127\.0\.0\.1:\d+\./);
  t.match(stdout, /^ok {3}database: PostgreSQL \d+.* answers/m);
  t.match(stdout, /^ok {3}schema: Every migration is applied/m);
  t.match(stdout, /^ok {3}redis: Redis answers/m);
  t.match(stdout, /^ok {3}rows: .*articles 36.*users 8/m);
  t.notMatch(stdout, /FAIL/);
  t.equal(stderr, '');
});

test('the doctor says what to do where Redis is away', async (t) => {
  const environment = {
    ...(await testEnvironment(t)),
    REDIS_URL: `redis://:hunter2@127.0.0.1:${await freePort()}`,
  };
  const { code, output } = await runCommand(t, ['doctor'], { environment });
  t.equal(code, 1);
  t.match(output, /^FAIL redis: Redis cannot be used .*start Redis/m);
  t.match(output, /^ok {3}database/m);
  t.match(output, /^ok {3}schema/m);
  t.notMatch(output, NO_STACK);
  t.notMatch(output, /hunter2/);
});

test('the doctor says what to do where PostgreSQL is away', async (t) => {
  const DATABASE_URL = `postgres://writer:hunter2@127.0.0.1:${await freePort()}/blog`;
  const environment = { ...(await testEnvironment(t)), DATABASE_URL };
  const { code, output } = await runCommand(t, ['doctor'], { environment });
  t.equal(code, 1);
  t.match(output, /^FAIL database: PostgreSQL cannot be used.*it cannot be reached\. Start it/m);
  t.match(output, /^FAIL schema/m);
  t.match(output, /^ok {3}redis/m);
  t.notMatch(output, NO_STACK);
  t.notMatch(output, /hunter2/);
});

test('the doctor tells a wrong password and a missing database from one that is away', async (t) => {
  const environment = await testEnvironment(t);
  const wrongPassword = environment.DATABASE_URL.replace(/:[^:@]+@/, ':hunter2@');
  for (const [DATABASE_URL, words] of [
    [wrongPassword, /^FAIL database: .*refuses our user or password.*DB_USER and DB_PASSWORD/m],
    [withDatabase(sharedServers().postgresUrl, 'no_such_blog'), /^FAIL database: .*no database of the configured/m],
  ] as const) {
    const { code, output } = await runCommand(t, ['doctor'], { environment: { ...environment, DATABASE_URL } });
    t.equal(code, 1);
    t.match(output, words);
    t.notMatch(output, /hunter2/);
    t.notMatch(output, NO_STACK);
  }
});

test('the doctor names the command that creates the schema', async (t) => {
  const environment = await testEnvironment(t, 'empty');
  const { code, output } = await runCommand(t, ['doctor'], { environment });
  t.equal(code, 1);
  t.match(output, /^FAIL schema: .*Run: npm run migrate/m);
});

test('the doctor does not wait for servers that hang', async (t) => {
  const { postgres, redis } = await emptyServers(t);
  await inflict('freeze', postgres);
  await inflict('freeze', redis);
  const startedAt = performance.now();
  const environment = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const { code, output } = await runCommand(t, ['doctor'], { environment });
  const ms = performance.now() - startedAt;
  t.equal(code, 1);
  t.match(output, /^FAIL database/m);
  t.match(output, /^FAIL redis/m);
  t.notMatch(output, NO_STACK);
  t.ok(ms < SOON_MS, `${ms} ms`);
});
