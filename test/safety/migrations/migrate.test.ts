import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { inspectSchema } from '../../../src/safety/migrations/inspect-schema.ts';
import { migrate } from '../../../src/safety/migrations/migrate.ts';
import { readMigrations } from '../../../src/safety/migrations/migration-files.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { addressOf, appliedIn, createdIn } from '../../support/migrations.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { holdTable } from '../../support/table-locks.ts';

const silently = () => {};

/** Far more than the two seconds of the code, far less than the lock is held. */
const BRIEFLY_MS = 20_000;
const every = readMigrations().map(({ name }) => name);

test('migrating an empty database applies everything, in order, and says so', async (t) => {
  const url = await createDatabase(t, 'empty');
  const said: string[] = [];
  t.same(await migrate(addressOf(url), (sentence) => said.push(sentence)), every);
  t.same(
    said.filter((sentence) => sentence.startsWith('Applying')),
    every.map((name) => `Applying ${name}`),
  );
  t.match(said.at(-1), new RegExp(`^Applied ${every.at(-1)} in \\d+ ms$`));
  t.same(await appliedIn(url), every);
  t.match(await inspectSchema(addressOf(url)), { state: 'current', valid: true, missingTables: [] });
});

test('migrating a second time changes nothing', async (t) => {
  const url = await createDatabase(t, 'empty');
  await migrate(addressOf(url), silently);
  const before = await createdIn(url);
  t.same(await migrate(addressOf(url), silently), []);
  t.same(await createdIn(url), before);
  t.same(await appliedIn(url), every);
});

test('an article that has the slug of the feed gets one that can be read, and no other comes', async (t) => {
  const url = await createDatabase(t, 'empty');
  const before = readMigrations().filter(({ name }) => name < '0007');
  const folder = temporaryFolder(t, Object.fromEntries(before.map(({ name, sql }) => [`${name}.sql`, sql])));
  await migrate(addressOf(url), silently, { folder });
  await sql(
    url,
    `insert into users (username, email, password_hash) values ('early', 'e@example.com', '!');
     insert into articles (slug, title, description, body, author_id)
     select slug, 'Feed', 'about', 'text', id from users, unnest(array['feed', 'feed-1']) as slug`,
  );
  await migrate(addressOf(url), silently);
  const slugs = await sql<{ slug: string }>(url, 'select slug from articles order by id');
  t.match(slugs, [{ slug: /^feed-[0-9a-f]{8}$/ }, { slug: /^feed-1$/ }]);
  await t.rejects(sql(url, "update articles set slug = 'feed' where slug = 'feed-1'"), /articles_slug_not_feed/);
});

test('a backup that takes longer than sessions may be idle does not end the migrator', async (t) => {
  const url = await createDatabase(t, 'empty');
  const [first] = readMigrations();
  const folder = temporaryFolder(t, { [`${first?.name}.sql`]: first?.sql ?? '' });
  await migrate(addressOf(url), silently, { folder });
  await sql(url, `alter database ${addressOf(url).name} set idle_session_timeout = '200ms'`);
  const applied = await migrate(addressOf(url), silently, { backUp: () => sleep(1000) });
  t.same(applied, every.slice(1));
});

test('several migrators at once all succeed, and everything is applied once', async (t) => {
  const url = await createDatabase(t, 'empty');
  const applied = await Promise.all([1, 2, 3].map(() => migrate(addressOf(url), silently)));
  t.same(applied.flat().toSorted(), every);
  t.same(await appliedIn(url), every);
});

test('a new migration is applied to a database that has the others', async (t) => {
  const url = await createDatabase(t, 'empty');
  const folder = temporaryFolder(t, { '0001_one.sql': 'create table one (id int)' });
  t.same(await migrate(addressOf(url), silently, { folder }), ['0001_one']);
  await sql(url, 'insert into one values (1)');
  const more = temporaryFolder(t, {
    '0001_one.sql': 'create table one (id int)',
    '0002_two.sql': 'alter table one add column words text; create table two (id int)',
  });
  t.same(await migrate(addressOf(url), silently, { folder: more }), ['0002_two']);
  t.same(await sql(url, 'select id, words from one'), [{ id: 1, words: null }]);
});

test('a migration that fails leaves nothing of itself, and what came before stays', async (t) => {
  const url = await createDatabase(t, 'empty');
  const failing = {
    '0001_fine.sql': 'create table fine (id int)',
    '0002_broken.sql': 'create table half (id int); insert into half values (1); select 1 / 0',
    '0003_after.sql': 'create table after_it (id int)',
  };
  await t.rejects(migrate(addressOf(url), silently, { folder: temporaryFolder(t, failing) }), /division by zero/);
  t.same(await appliedIn(url), ['0001_fine']);
  const created = await createdIn(url);
  t.ok(created.includes('fine'));
  t.notOk(created.includes('half') || created.includes('after_it'));

  const mended = temporaryFolder(t, { ...failing, '0002_broken.sql': 'create table half (id int)' });
  t.same(await migrate(addressOf(url), silently, { folder: mended }), ['0002_broken', '0003_after']);
});

test('a migration and its entry in the ledger are one', async (t) => {
  const url = await createDatabase(t, 'empty');
  const first = { '0001_one.sql': 'create table one (id int)' };
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, first) });
  await sql(url, "alter table schema_migration_checksums add check (name <> '0002_two')");
  const folder = temporaryFolder(t, { ...first, '0002_two.sql': 'create table two (id int)' });
  await t.rejects(migrate(addressOf(url), silently, { folder }), /violates check constraint/);
  t.same(await appliedIn(url), ['0001_one']);
  t.notOk((await createdIn(url)).includes('two'));
});

test('a migration waits for a lock only briefly, so that readers are not held up behind it', async (t) => {
  const url = await createDatabase(t, 'empty');
  const first = { '0001_one.sql': 'create table one (id int)' };
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, first) });
  const folder = temporaryFolder(t, { ...first, '0002_two.sql': 'alter table one add column words text' });
  const letGo = await holdTable(t, url, { table: 'one' });
  const startedAt = performance.now();
  await t.rejects(migrate(addressOf(url), silently, { folder }), /lock timeout/);
  t.ok(performance.now() - startedAt < BRIEFLY_MS);
  await letGo();
  t.same(await migrate(addressOf(url), silently, { folder }), ['0002_two']);
});

test('a migration outside a transaction can do what needs that', async (t) => {
  const url = await createDatabase(t, 'empty');
  const folder = temporaryFolder(t, {
    '0001_one.sql': 'create table one (id int)',
    '0002_index.sql': '-- no-transaction\ncreate index concurrently one_idx on one (id)',
  });
  t.same(await migrate(addressOf(url), silently, { folder }), ['0001_one', '0002_index']);
  t.ok((await createdIn(url)).includes('one_idx'));
  t.same(await migrate(addressOf(url), silently, { folder }), []);
});
