import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Test, test } from 'tap';
import { runCommand } from '../../support/command-line.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { folderOf, sqliteFile } from '../../support/sqlite-files.ts';

/** No database is reached: every refusal comes before that. */
const environment = { DATABASE_URL: 'postgres://writer:hunter2@127.0.0.1:1/blog' };

async function refuses(t: Test, file: string, said: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runCommand(t, ['import:sqlite', file], { environment });
  t.equal(code, 1, file);
  t.match(stderr, said);
  t.notMatch(stderr, /ECONNREFUSED|hunter2|^\s+at /m);
  t.equal(stdout, '');
}

/** A small file, with these bytes at this offset. */
function patched(t: Test, offset: number, bytes: readonly number[]): string {
  const file = sqliteFile(t, 'create table a (id integer primary key, b text); insert into a values (1, 2)');
  const content = readFileSync(file);
  content.set(bytes, offset);
  writeFileSync(file, content);
  return file;
}

test('what is no SQLite file is refused in words that say what it is', async (t) => {
  const folder = temporaryFolder(t, {
    'empty.db': '',
    'dump.sql': 'create table a (b);',
    'start.db': 'SQLite format 3\0',
  });
  const inside = (name: string) => join(folder, name);
  mkdirSync(inside('folder.db'));
  writeFileSync(inside('encrypted.db'), randomBytes(8192));
  await refuses(t, inside('nowhere.db'), /There is no file .*nowhere\.db/);
  await refuses(t, inside('folder.db'), /is a folder/);
  await refuses(t, inside('empty.db'), /is empty \(0 bytes\)/);
  await refuses(t, inside('dump.sql'), /is not a SQLite file.*load a dump/);
  await refuses(t, inside('start.db'), /cut off after 16 bytes/);
  await refuses(t, inside('encrypted.db'), /looks encrypted.*Decrypt it first/);
  await refuses(t, '/dev/null', /is not a regular file/);
});

test('a newer format is refused', async (t) => {
  await refuses(t, patched(t, 18, [3, 3]), /newer format \(file 3/);
  await refuses(t, patched(t, 44, [0, 0, 0, 5]), /newer format \(file \d, schema 5\)/);
});

test('a damaged file is refused with what SQLite says', async (t) => {
  const file = sqliteFile(
    t,
    `create table a (id integer primary key, b text); create index a_b on a (b);
     with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000) insert into a select i, 'row ' || i from n`,
  );
  const content = readFileSync(file);
  content.fill(0xff, 4096 * 3, 4096 * 4);
  writeFileSync(file, content);
  await refuses(t, file, /is damaged|malformed/);
  truncateSync(file, 4096 * 2);
  await refuses(t, file, /is damaged|malformed|cannot be read/);
});

test('a file without tables is refused', async (t) => {
  await refuses(t, sqliteFile(t, 'create table a (b); drop table a'), /has no tables/);
});

test('a file that a program is writing to is refused', async (t) => {
  const file = sqliteFile(t, 'create table a (b)');
  const writer = new DatabaseSync(file);
  t.teardown(() => writer.close());
  writer.exec('begin exclusive');
  await refuses(t, file, /is locked by a program that writes/);
});

test('a half-done write beside the file is refused, and left to its program', async (t) => {
  const file = sqliteFile(t, 'create table a (b); insert into a values (1)');
  const copy = join(temporaryFolder(t), 'copy.db');
  const writer = new DatabaseSync(file);
  t.teardown(() => writer.close());
  // With hardly any cache the change goes to the file before the commit, and the journal can undo it.
  writer.exec('pragma cache_size = 1; pragma cache_spill = 1; begin');
  writer.exec(
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000) insert into a select 'row ' || i from n`,
  );
  for (const suffix of ['', '-journal']) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
  const before = folderOf(copy);
  await refuses(t, copy, /A write to .* is under way or was interrupted: .*-journal/);
  t.same(folderOf(copy), before);
  t.equal(dirname(copy) === dirname(file), false);
});

test('without a file, or with options that make no sense, the help follows', async (t) => {
  for (const args of [
    [],
    ['a.db', '--into', 'elsewhere'],
    ['a.db', '--into', 'app'],
    ['a.db', '--mapping', 'm.json'],
  ]) {
    const { code, stderr } = await runCommand(t, ['import:sqlite', ...args], { environment });
    t.equal(code, 64, args.join(' '));
    t.match(stderr, /npm run import:sqlite -- FILE/);
  }
});
