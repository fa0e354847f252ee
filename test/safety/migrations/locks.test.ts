import { type Test, test } from 'tap';
import { migrate } from '../../../src/safety/migrations/migrate.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { until } from '../../support/http.ts';
import { addressOf, appliedIn, createdIn } from '../../support/migrations.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { holdTable } from '../../support/table-locks.ts';

const silently = () => {};
const ONE = { '0001_one.sql': 'create table one (id int)' };
const TWO = { ...ONE, '0002_two.sql': 'alter table one add column words text' };
const SOON_MS = 20_000;

/** Locks the table as a forgotten psql would; returns what lets go of it. */
const hold = (t: Test, url: string) =>
  holdTable(t, url, { table: 'one', mode: 'access share', applicationName: 'forgotten' });

test('who stands in a migration’s way is named, and it goes on when they have gone', async (t) => {
  const url = await createDatabase(t, 'empty');
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, ONE) });
  const letGo = await hold(t, url);
  const said: string[] = [];
  const migrating = migrate(addressOf(url), (sentence) => said.push(sentence), { folder: temporaryFolder(t, TWO) });
  await until('it tries again', () => said.some((sentence) => /trying again/.test(sentence)), SOON_MS);
  await letGo();
  t.same(await migrating, ['0002_two']);
  t.ok(
    said.some((sentence) =>
      /^Waiting for a lock that pid \d+ \(forgotten, user \w+, idle in transaction since/.test(sentence),
    ),
  );
});

test('who never goes is named at the end, with the statement that ends them', async (t) => {
  const url = await createDatabase(t, 'empty');
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, ONE) });
  const letGo = await hold(t, url);
  await t.rejects(migrate(addressOf(url), silently, { folder: temporaryFolder(t, TWO) }), {
    message: /0002_two\.sql.*lock timeout.*Nothing of it was applied.*forgotten.*pg_terminate_backend\(\d+\)/,
  });
  await letGo();
  t.same(await appliedIn(url), ['0001_one']);
});

test('an invalid index that a failed run left is dropped and built anew', async (t) => {
  const url = await createDatabase(t, 'empty');
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, ONE) });
  await sql(url, 'insert into one values (1), (1)');
  const folder = temporaryFolder(t, {
    ...ONE,
    '0002_key.sql': '-- no-transaction\ncreate unique index concurrently one_key on one (id)',
  });
  await t.rejects(migrate(addressOf(url), silently, { folder }), /0002_key\.sql failed: .*one_key/);
  t.same(await invalidIn(url), ['one_key'], 'PostgreSQL leaves it behind');
  t.same(await appliedIn(url), ['0001_one']);

  await sql(url, 'delete from one where ctid in (select min(ctid) from one)');
  const said: string[] = [];
  t.same(await migrate(addressOf(url), (sentence) => said.push(sentence), { folder }), ['0002_key']);
  t.ok(said.some((sentence) => /Dropping the invalid index one_key/.test(sentence)));
  t.same(await invalidIn(url), []);
  t.ok((await createdIn(url)).includes('one_key'));
});

test('an index that was built, and the run killed before it was noted, is no obstacle', async (t) => {
  const url = await createDatabase(t, 'empty');
  const folder = temporaryFolder(t, {
    ...ONE,
    '0002_key.sql': '-- no-transaction\ncreate index concurrently one_idx on one (id)',
  });
  await migrate(addressOf(url), silently, { folder });
  await sql(url, "delete from schema_migrations where name = '0002_key'");
  t.same(await migrate(addressOf(url), silently, { folder }), ['0002_key']);
});

test('an index of that name that nobody knows of is left alone', async (t) => {
  const url = await createDatabase(t, 'empty');
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, ONE) });
  await sql(url, 'create index one_idx on one (id)');
  const folder = temporaryFolder(t, {
    ...ONE,
    '0002_key.sql': '-- no-transaction\ncreate index concurrently one_idx on one (id)',
  });
  for (const time of ['once', 'and again']) {
    await t.rejects(migrate(addressOf(url), silently, { folder }), /one_idx is there already/, time);
  }
  t.ok((await createdIn(url)).includes('one_idx'));
});

test('what a migration sets for its session ends with it', async (t) => {
  const url = await createDatabase(t, 'empty');
  const folder = temporaryFolder(t, {
    '0001_one.sql': 'create schema other; set search_path = other; create table one (id int)',
    '0002_two.sql': 'create table two (id int)',
  });
  await migrate(addressOf(url), silently, { folder });
  const found = await sql(
    url,
    "select relnamespace::regnamespace::text as schema from pg_class where relname = 'two'",
  );
  t.same(found, [{ schema: 'public' }]);
});

async function invalidIn(url: string): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    url,
    'select indexrelid::regclass::text as name from pg_index where not indisvalid',
  );
  return rows.map(({ name }) => name);
}
