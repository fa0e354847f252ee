import { test } from 'tap';
import { inspectSchema, readExpectedSchema, UNHURRIED } from '../../../src/safety/migrations/inspect-schema.ts';
import { readMigrations } from '../../../src/safety/migrations/migration-files.ts';
import { runCommand } from '../../support/command-line.ts';
import { testEnvironment } from '../../support/environment.ts';
import { get, until } from '../../support/http.ts';
import { addressOf, createdIn, REQUIRED_TABLES } from '../../support/migrations.ts';
import { sql } from '../../support/shared-servers.ts';
import { startSteadfast } from '../../support/steadfast.ts';
import { holdTable, untilSomebodyWaits } from '../../support/table-locks.ts';

/** The schema is looked at every ten seconds; a busy machine may take its time. */
const NEXT_LOOK_MS = 40_000;
const PATHS = [
  '/api/articles',
  '/api/articles/none',
  '/api/tags',
  '/api/profiles/ines',
  '/api/articles/none/comments',
];

test('a look in passing gives up at a lock, one before a restored database is served waits', async (t) => {
  const { DATABASE_URL: url } = await testEnvironment(t);
  const letGo = await holdTable(t, url, { table: 'comments' });
  await t.rejects(inspectSchema(addressOf(url)), /lock timeout/);
  const looking = inspectSchema(addressOf(url), readExpectedSchema(), async () => ({}), UNHURRIED);
  await untilSomebodyWaits(url);
  await letGo();
  t.match(await looking, { valid: true });
});

test('on an empty database', async (t) => {
  const environment = await testEnvironment(t, 'empty');
  const { origin, log } = await startSteadfast(t, environment);

  t.test('the API answers 503 and names the command that mends it', async (t) => {
    for (const path of PATHS) {
      const { status, headers, json } = await get(origin, path);
      t.equal(status, 503, path);
      t.match(json.type, /schema-invalid/);
      t.match(json.detail, /npm run migrate/);
      t.match(headers.get('retry-after'), /^[1-9]\d*$/);
    }
  });

  t.test('health is critical, names every missing table, and the log says the same', async (t) => {
    const { status, json } = await get(origin, '/health');
    t.equal(status, 503);
    t.match(json, { status: 'critical', database: { exists: true, schema_valid: false, table_counts: {} } });
    t.same(json.database.missing_tables, REQUIRED_TABLES);
    t.match(json.message, /npm run migrate/);
    t.equal(json.checks.database.status, 'pass', 'PostgreSQL itself is well');
    t.match(await get(origin, '/health/database'), { status: 503, json: { schema: { state: 'missing' } } });
    t.ok(log.some(({ level, msg }) => level === 50 && /npm run migrate/.test(msg)));
  });

  t.test('nobody creates anything behind anyone’s back', async (t) => {
    t.equal((await runCommand(t, ['doctor'], { environment })).code, 1);
    t.same(await createdIn(environment.DATABASE_URL), []);
  });

  t.test('after npm run migrate the running server recovers by itself', async (t) => {
    const { code, stdout } = await runCommand(t, ['migrate'], { environment });
    t.equal(code, 0);
    t.match(stdout, /Applied \d+ to test_/);
    await until('the API answers', async () => (await get(origin, '/api/tags')).status === 200, NEXT_LOOK_MS);
    t.match((await get(origin, '/health')).json.database, { schema_valid: true, missing_tables: [] });
  });

  t.test('a table dropped while it runs is noticed', async (t) => {
    await sql(environment.DATABASE_URL, 'drop table comments');
    await until('health is critical', async () => (await get(origin, '/health')).status === 503, NEXT_LOOK_MS);
    const { json } = await get(origin, '/health');
    t.match(json, { status: 'critical', database: { missing_tables: ['comments'], schema_valid: false } });
    t.match(json.message, /comments.*restore .* from a backup that was taken before .*npm run restore -- NAME/);
    for (const path of PATHS) t.match(await get(origin, path), { status: 503 }, path);
    t.notOk((await createdIn(environment.DATABASE_URL)).includes('comments'), 'and not created again');
  });
});

test('an applied migration that was edited is named, and the API answers 503', async (t) => {
  const environment = await testEnvironment(t);
  const name = readMigrations()[0]?.name;
  await sql(environment.DATABASE_URL, "update schema_migration_checksums set sha256 = 'other' where name = $1", [
    name,
  ]);
  const { origin } = await startSteadfast(t, environment);
  const { status, json } = await get(origin, '/api/tags');
  t.equal(status, 503);
  t.match(json.detail, new RegExp(`edited afterwards: ${name}\\. Restore the files`));
  t.match((await get(origin, '/health/database')).json.schema, { state: 'edited', valid: false });

  const { code, stderr } = await runCommand(t, ['migrate'], { environment });
  t.equal(code, 1, 'npm run migrate refuses it too');
  t.match(stderr, new RegExp(`edited afterwards: ${name}`));
});

test('a database ahead of the code is refused with what to deploy', async (t) => {
  const environment = await testEnvironment(t);
  await sql(environment.DATABASE_URL, "insert into schema_migrations (name, run_on) values ('9000_later', now())");
  const { origin } = await startSteadfast(t, environment);
  const { status, json } = await get(origin, '/api/tags');
  t.equal(status, 503);
  t.match(json.detail, /does not know: 9000_later\. Deploy the code/);
  t.match((await get(origin, '/health')).json, { status: 'critical', database: { schema_valid: false } });
});
