import { test } from 'tap';
import { backupStage, taken } from '../support/backups.ts';
import { runCommand } from '../support/command-line.ts';
import { get, until } from '../support/http.ts';
import { createdIn } from '../support/migrations.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** The schema is looked at every ten seconds; a busy machine may take its time. */
const NEXT_LOOK_MS = 60_000;

/** Somebody dropped a table in what they took for the test database. */
test('a dropped table is noticed, never made anew empty, and comes back from the backup', async (t) => {
  const stage = await backupStage(t);
  const { environment, url } = stage;
  const comments = await sql(url, 'select * from comments order by id');
  await taken(stage);
  const { origin } = await startSteadfast(t, environment);
  await sql(url, 'drop table comments');
  await until('health is critical', async () => (await get(origin, '/health')).status === 503, NEXT_LOOK_MS);
  const { json } = await get(origin, '/health');
  t.same(json.database.missing_tables, ['comments']);
  t.match(json.message, /table comments.*npm run restore -- NAME/);
  t.equal((await get(origin, '/api/articles')).status, 503);

  const migrated = await runCommand(t, ['migrate'], { environment });
  t.notOk((await createdIn(url)).includes('comments'), 'migrating does not make an empty one');
  t.match(migrated.output, /Nothing to do/);

  const restored = await runCommand(t, ['restore', 'latest', '--yes'], { environment });
  t.equal(restored.code, 0, restored.output);
  t.same(await sql(url, 'select * from comments order by id'), comments);
  await until('health is well', async () => (await get(origin, '/health')).status === 200, NEXT_LOOK_MS);
  await until('the API answers', async () => (await get(origin, '/api/articles')).status === 200, NEXT_LOOK_MS);
});

test('a dropped index, constraint or trigger is noticed, with the statement that puts it back', async (t) => {
  const { environment, url } = await backupStage(t);
  await sql(
    url,
    `drop index articles_newest_idx;
     alter table follows drop constraint follows_not_oneself;
     drop trigger articles_inserted on articles`,
  );
  const { origin } = await startSteadfast(t, environment);
  const { status, json } = await get(origin, '/health');
  t.equal(status, 503);
  t.same(json.database.schema_missing, [
    'constraint follows.follows_not_oneself',
    'index articles.articles_newest_idx',
    'trigger articles.articles_inserted',
  ]);
  const statements = /Put it back as the owner of the tables: (.*)$/.exec(json.checks.schema.message)?.[1] ?? '';
  await sql(url, statements);
  await until('health is well', async () => (await get(origin, '/health')).status === 200, NEXT_LOOK_MS);
});

test('what no migration made is a warning, and stops nothing', async (t) => {
  const { environment, url } = await backupStage(t);
  await sql(url, 'create table notes (id int); alter table users add column nickname text');
  const { origin } = await startSteadfast(t, environment);
  const { status, json } = await get(origin, '/health');
  t.equal(status, 200);
  t.equal(json.status, 'degraded');
  t.same(json.database.schema_extra, ['column users.nickname', 'table notes']);
  t.equal((await get(origin, '/api/tags')).status, 200);
});
