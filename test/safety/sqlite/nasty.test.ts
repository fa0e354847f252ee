import { DatabaseSync } from 'node:sqlite';
import { type Test, test } from 'tap';
import { runCommand } from '../../support/command-line.ts';
import { createdIn } from '../../support/migrations.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { fillNasty, folderOf, importFile, NASTY_SCHEMA, sqliteFile } from '../../support/sqlite-files.ts';

/** The nasty file in a database of the test's own, in the schema old. */
async function nasty(t: Test) {
  const file = sqliteFile(t, NASTY_SCHEMA, { fill: fillNasty });
  const url = await createDatabase(t, 'empty');
  const report = await importFile(url, file);
  return { file, url, report, old: <Row extends object>(text: string) => sql<Row>(url, text) };
}

test('everything of a nasty file arrives, and the file stays as it was', async (t) => {
  const file = sqliteFile(t, NASTY_SCHEMA, { fill: fillNasty });
  const before = folderOf(file);
  const url = await createDatabase(t, 'empty');
  const { tables } = await importFile(url, file);
  t.same(folderOf(file), before);
  t.equal(tables.length, 9);
  t.same(
    tables.map(({ rows }) => rows),
    [4, 1, 0, 0, 3, 4, 1, 2, 3],
  );
  const users = await sql(
    url,
    `select id, name, "order", active, score::text, price::text, encode(picture, 'hex') as picture, born::text,
       joined::text, (seen at time zone 'UTC')::text as seen, label, xmin_2
     from old."User" order by id`,
  );
  t.match(users, [
    {
      id: '1',
      order: '9223372036854775807',
      active: true,
      price: '19.99',
      picture: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('hex'),
      born: '2024-02-29',
      joined: '2024-01-02 03:04:05',
      seen: '2024-01-02 03:04:05.678',
      label: 'ANN#1',
    },
    { order: '-9223372036854775808', score: 'Infinity', picture: '', seen: '1969-12-31 18:30:00', xmin_2: '' },
    { label: 'ÄNN#3', xmin_2: 'tab\tand\\and\nand\rand\\N', joined: '2024-12-31 23:59:59.999999' },
    { name: ' \u{1f600} \ufeff\u2028\u0001', score: '5e-324', price: '-0.000001', xmin_2: '\ufffd' },
  ]);
});

test('what cannot be kept is listed, each thing with its reason', async (t) => {
  const { report } = await nasty(t);
  t.same(
    report.notKept.map(({ what }) => what.replace(/é+/, 'é')),
    [
      'view published',
      'virtual table search',
      'trigger touch',
      'COLLATE NOCASE of User.name',
      'the hidden rowid of a_name_of_more_than_sixty_three_bytes_é1',
      'the hidden rowid of no_key',
      'primary key of tagging',
    ],
  );
  t.ok(report.notKept.every(({ why }) => why !== ''));
});

test('keys, checks and references hold for new rows as they did', async (t) => {
  const { old, url } = await nasty(t);
  for (const [statement, problem] of [
    [`insert into old."User" (name) values ('aNN')`, /User_lower_idx/],
    [`insert into old."User" (name, email) values ('new', 'ANN@EXAMPLE.COM')`, /user_email/],
    [`insert into old."User" (name, email) values ('new', 'nobody')`, /check/],
    [`insert into old."User" (name, born) values ('new', '1899-01-01')`, /check/],
    [`insert into old."User" (name, label) values ('new', 'x')`, /label/],
    [`insert into old."User" (email) values ('a@b')`, /not-null/],
    [`insert into old.post (slug, author) values ('hello', 1)`, /post_pkey/],
    [`insert into old.post (slug, author) values ('new', 99)`, /foreign key/],
    [`insert into old.post (slug, author, status) values ('new', 1, 'lost')`, /check/],
    [`insert into old.post (slug, author, words) values ('new', 1, -1)`, /check/],
    [`insert into old.strictly (r) values (1)`, /not-null/],
  ] as const) {
    await t.rejects(sql(url, statement), problem, statement);
  }
  await old(`begin; insert into old.post (slug, author, status) values ('new', 5000, 'x-1');
    insert into old."User" (id, name) values (5000, 'new'); commit`);
  t.match(
    await old(`select status from old.post where slug = 'new'`),
    [{ status: 'x-1' }],
    'deferred until commit',
  );
  await old(`insert into old.post (slug, author) values ('newer', 1)`);
  t.match(await old(`select status from old.post where slug = 'newer'`), [{ status: 'draft' }]);
  await old(`delete from old."User" where id = 5000`);
  t.same(await old(`select from old.post where slug = 'new'`), [], 'deletions cascade');
});

test('numbering goes on where SQLite would, also after deleted rows', async (t) => {
  const { old } = await nasty(t);
  t.match(await old(`insert into old."User" (name) values ('new') returning *`), [
    {
      id: '901',
      order: '7',
      active: true,
      score: -1.5,
      picture: Buffer.from([0, 255]),
      xmin_2: "it's",
      label: 'NEW#901',
    },
  ]);
  t.match(await old(`insert into old.strictly (n) values (1) returning id`), [{ id: '8' }]);
  t.match(await old(`insert into old.empty_table default values returning *`), [{ id: '1', when: Date }]);
});

test('a second import into the same place is refused and changes nothing', async (t) => {
  const { file, url, old } = await nasty(t);
  await old(`delete from old.tagging`);
  await t.rejects(importFile(url, file), /schema old already.*--schema.*drop schema "old" cascade/s);
  t.same(await old(`select * from old.tagging`), []);
});

test('nobody is told to drop a schema that no import made', async (t) => {
  const file = sqliteFile(t, 'create table note (id integer primary key)');
  const url = await createDatabase(t);
  await sql(url, 'create schema kept; create table kept.note (id int)');
  const refusals = [
    ['public', /^The schema public is this application's own\. .*--schema/],
    ['kept', /schema kept already, and no import made it\. .*--schema/],
    ['information_schema', /schema information_schema already, and no import made it/],
  ] as const;
  for (const [schema, message] of refusals) {
    const refusal = await importFile(url, file, { schema }).catch((error: Error) => error.message);
    t.match(refusal, message);
    t.notMatch(refusal, /drop schema/);
  }
});

test('two imports into one place at once: one succeeds, the other is refused', async (t) => {
  const file = sqliteFile(t, NASTY_SCHEMA, { fill: fillNasty });
  const url = await createDatabase(t, 'empty');
  const results = await Promise.allSettled([importFile(url, file), importFile(url, file)]);
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const failed = results.find((result) => result.status === 'rejected');
  t.match(String(failed?.reason), /schema old already/);
});

test('a dry run tells everything and leaves nothing', async (t) => {
  const environment = { DATABASE_URL: await createDatabase(t, 'empty') };
  const file = sqliteFile(t, NASTY_SCHEMA, { fill: fillNasty });
  const before = await createdIn(environment.DATABASE_URL);
  const { code, stdout } = await runCommand(t, ['import:sqlite', file, '--dry-run'], { environment });
  t.equal(code, 0);
  t.match(stdout, /^Dry run, nothing was changed\. Would import 9 tables and 18 rows/);
  t.match(stdout, /Every cell was compared/);
  t.same(await createdIn(environment.DATABASE_URL), before);
});

test('the command names the schema after the file, tells what happened and which settings change', async (t) => {
  const environment = { DATABASE_URL: await createDatabase(t, 'empty') };
  const file = sqliteFile(t, 'create table "Note" (id integer primary key, "Text" text)', {
    name: '1 Old-Notes.sqlite3',
  });
  const { code, stdout, stderr } = await runCommand(t, ['import:sqlite', file, '--lower-case-names'], {
    environment,
  });
  t.equal(code, 0, stderr);
  t.match(stdout, /into the schema from_1_old_notes_sqlite/);
  t.match(stdout, /Note\.Text is note\.text/);
  t.match(stdout, /DATABASE_URL=postgres:\/\/USER:PASSWORD@127\.0\.0\.1/);
  t.match(stdout, /search_path = "from_1_old_notes_sqlite"/);
  t.notMatch(stderr, /ExperimentalWarning/);
  t.same(await sql(environment.DATABASE_URL, 'select id, text from from_1_old_notes_sqlite.note'), []);
});

test('rows in the write-ahead log of a program that was killed arrive', async (t) => {
  const file = sqliteFile(t, 'pragma journal_mode = wal; create table a (id integer primary key)');
  const writer = new DatabaseSync(file);
  t.teardown(() => writer.close());
  writer.exec('pragma wal_autocheckpoint = 0; create table b (value text); insert into b values (7)');
  const before = folderOf(file).filter((line) => !line.startsWith('old-blog.db-shm'));
  const url = await createDatabase(t, 'empty');
  const { notes } = await importFile(url, file);
  t.match(notes.join(), /write-ahead log \(\d+ bytes\) was read/);
  t.same(await sql(url, 'select value from old.b'), [{ value: '7' }]);
  t.same(
    folderOf(file).filter((line) => !line.startsWith('old-blog.db-shm')),
    before,
  );
});

test('a file with a write-ahead log that is not there says so', async (t) => {
  const file = sqliteFile(t, 'pragma journal_mode = wal; create table a (id integer primary key)');
  const before = folderOf(file);
  const { notes } = await importFile(await createDatabase(t, 'empty'), file);
  t.match(notes.join(), /no .*-wal.*copy the -wal too/s);
  t.same(folderOf(file), before);
});

test('a check that rows of the file break is listed, and the rows arrive', async (t) => {
  const file = sqliteFile(
    t,
    'create table a (n int check (n > 0)); pragma ignore_check_constraints = on; insert into a values (0)',
  );
  const url = await createDatabase(t, 'empty');
  const { notKept } = await importFile(url, file);
  t.match(
    notKept.filter(({ what }) => what.startsWith('check')),
    [{ what: 'check (n > 0) of a', why: /violated by some row/ }],
  );
  t.same(await sql(url, 'select n from old.a'), [{ n: '0' }]);
});
