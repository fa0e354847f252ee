import { test } from 'tap';
import { inspectSchema } from '../../../src/safety/migrations/inspect-schema.ts';
import { migrate } from '../../../src/safety/migrations/migrate.ts';
import { readMigrations } from '../../../src/safety/migrations/migration-files.ts';
import { runCommand } from '../../support/command-line.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { addressOf, appliedIn, createdIn } from '../../support/migrations.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { importFile, sqliteFile } from '../../support/sqlite-files.ts';

const silently = () => {};
const FILES = {
  '0001_one.sql': 'create table one (id int)',
  '0002_two.sql': 'create table two (id int)',
};

test('an applied file that was edited is refused by name, and nothing is applied', async (t) => {
  const url = await createDatabase(t, 'empty');
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, FILES) });
  const edited = temporaryFolder(t, {
    ...FILES,
    '0001_one.sql': `${FILES['0001_one.sql']} `,
    '0003_three.sql': 'create table three (id int)',
  });
  await t.rejects(migrate(addressOf(url), silently, { folder: edited }), {
    name: 'MigrationRefused',
    message: /edited afterwards: 0001_one\. Restore the files/,
  });
  t.same(await appliedIn(url), ['0001_one', '0002_two']);
  t.notOk((await createdIn(url)).includes('three'));
});

test('a database that is ahead of the code is refused by the names the code lacks', async (t) => {
  const url = await createDatabase(t, 'empty');
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, FILES) });
  const older = temporaryFolder(t, { '0001_one.sql': FILES['0001_one.sql'] });
  await t.rejects(migrate(addressOf(url), silently, { folder: older }), {
    name: 'MigrationRefused',
    message: /does not know: 0002_two\. Deploy the code they belong to/,
  });
});

test('a file with a number below one that is applied already is refused by name', async (t) => {
  const url = await createDatabase(t, 'empty');
  const { '0001_one.sql': one } = FILES;
  await migrate(addressOf(url), silently, {
    folder: temporaryFolder(t, { '0001_one.sql': one, '0003_three.sql': 'create table three ()' }),
  });
  const late = temporaryFolder(t, { ...FILES, '0003_three.sql': 'create table three ()' });
  await t.rejects(migrate(addressOf(url), silently, { folder: late }), /0002_two/);
  t.notOk((await createdIn(url)).includes('two'));
});

test('files that are not named like migrations are refused by name, before anything is applied', async (t) => {
  const url = await createDatabase(t, 'empty');
  for (const name of [
    '3_three.sql',
    '0003-three.sql',
    '0003_Three.sql',
    '0003_.sql',
    '0003_three.js',
    'notes.md',
  ]) {
    const folder = temporaryFolder(t, { ...FILES, [name]: 'select 1' });
    const refused = { name: 'MigrationFileError', message: new RegExp(`^${name} .*NNNN_words\\.sql`) };
    await t.rejects(migrate(addressOf(url), silently, { folder }), refused, name);
    t.throws(() => readMigrations(folder), refused, name);
  }
  t.same(await createdIn(url), []);
});

test('two files with one number are refused, both named', async (t) => {
  const folder = temporaryFolder(t, { ...FILES, '0002_zwei.sql': 'select 1' });
  t.throws(() => readMigrations(folder), { message: /0002_zwei\.sql has the number of 0002_two\.sql/ });
});

test('hidden files that editors leave are no migrations', async (t) => {
  const folder = temporaryFolder(t, { ...FILES, '.0002_two.sql.swp': 'binary' });
  t.same(
    readMigrations(folder).map(({ name }) => name),
    ['0001_one', '0002_two'],
  );
});

test('a database with tables and no ledger is refused, whatever schema they are in', async (t) => {
  for (const schema of ['public', 'shop']) {
    const url = await createDatabase(t, 'empty');
    await sql(url, `create schema if not exists ${schema}; create table ${schema}.orders (id int)`);
    const before = await createdIn(url);
    await t.rejects(migrate(addressOf(url), silently), {
      name: 'MigrationRefused',
      message: new RegExp(
        `has tables \\(${schema}\\.orders\\) but no ledger.*another application’s.*empty database`,
      ),
    });
    t.same(await createdIn(url), before);
  }
});

test('what import:sqlite and extensions brought makes no database another application’s, but is backed up', async (t) => {
  const url = await createDatabase(t, 'empty');
  await importFile(url, sqliteFile(t, 'create table note (id integer primary key)'));
  await sql(url, 'create schema job; create table job.run (id int); alter extension plpgsql add table job.run');
  const environment = { DATABASE_URL: url, BACKUP_DIR: temporaryFolder(t) };
  const { code, output } = await runCommand(t, ['migrate'], { environment });
  t.equal(code, 0, output);
  t.match(output, /Publishing the backup.*Applying 0001/s);
  t.match((await inspectSchema(addressOf(url))).state, 'current');
});

test('a backup is taken before migrating a database with tables in another schema, none before the first', async (t) => {
  const url = await createDatabase(t, 'empty');
  let backups = 0;
  const backUp = async () => {
    backups += 1;
  };
  const first = { '0001_one.sql': 'create schema shop; create table shop.orders (id int)' };
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, first), backUp });
  t.equal(backups, 0);
  const second = { ...first, '0002_two.sql': FILES['0002_two.sql'] };
  await migrate(addressOf(url), silently, { folder: temporaryFolder(t, second), backUp });
  t.equal(backups, 1);
});
