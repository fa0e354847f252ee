import { test } from 'tap';
import { type Migration, readMigrations } from '../../../src/safety/migrations/migration-files.ts';
import { validateMigrations } from '../../../src/safety/migrations/validate.ts';

function migration(sql: string): Migration {
  return { name: '0009_later', sql, sha256: '', transactional: !sql.startsWith('-- no-transaction') };
}

const validate = (sql: string) => validateMigrations([migration(sql)]);

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  'create table views (id int); -- TODO: the rest': 'TODO',
  '/* FIXME */ drop table views': 'FIXME',
  '-- Add your migration SQL here\nselect 1': 'Add your migration SQL here',
  '-- placeholder\ndrop table views': 'placeholder',
  'alter table <table> add column views bigint': '<table>',
  'alter table articles add column {{column}} bigint': '{{column}}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template
  'create table ${schema}.views (id int)': '${schema}',
  'delete from articles where id = :id': ':id',
  'drop table articles ...': '...',
  'create table your_table (id int)': 'your_table',
  'alter table "YOUR_TABLE" add column views bigint': '"YOUR_TABLE"',
  "insert into tags (name) values ('xxx')": 'xxx',
  "update users set password_hash = 'changeme'": 'changeme',
  "update users set bio = 'Hello {{name}}'": '{{name}}',
  "update users set bio = '<your text>'": '<your text>',
  "update users set image = 'https://<HOST_NAME>/a.png'": '<HOST_NAME>',
  'create function f() returns int language plpgsql as $$\nbegin\n  -- TODO\n  return 1;\nend $$': 'TODO',
};

const FINE = [
  "alter table articles add column views bigint not null default 0; -- what the readers' page shows",
  "insert into tags (name) values ('todo-lists'), ('<b>'), (':name'), ('a...b')",
  "comment on table tags is 'whatever comes here is shown'",
  'update articles set tag_list = tag_list[1:2]',
  "update articles set body = replace(body, '$1', 'x') where body ~ '\\{[^}]+\\}'",
  'create function f(n int) returns int language sql return $1 + 1',
  'create table your (id int); create table xx (id int)',
  "-- not a placeholder: {{name}}\nupdate users set bio = 'Hello {{name}}'",
  "select setval('users_id_seq', 5)",
  '-- no-transaction\ncreate index concurrently a on articles (slug); drop index concurrently if exists b',
  '-- no-transaction\nvacuum analyze articles',
];

const REFUSED: Readonly<Record<string, RegExp>> = {
  '': /no statement that changes anything/,
  '-- only words': /no statement that changes anything/,
  'select 1': /no statement that changes anything/,
  'create tabel views (id int)': /line 1, is no SQL.*"tabel"/,
  '-- é\n\ncreate table views (id int': /line 3, is no SQL/,
  "select 'no end": /line 1, is no SQL.*unterminated/,
  'begin; drop table tags; commit': /begins or ends a transaction/,
  'create index concurrently a on articles (slug)': /cannot run inside a transaction.*no-transaction/,
  '-- no-transaction\ncreate table views (id int)': /belongs into a transaction/,
  '-- no-transaction\ncreate index concurrently on articles (slug)': /index without a name/,
  '-- no-transaction\ndrop index concurrently a': /cannot be repeated.*if exists/,
};

test('placeholders are found, named, and refused', async (t) => {
  for (const [sql, placeholder] of Object.entries(PLACEHOLDERS)) {
    const error = await validate(sql).catch((caught: Error) => caught);
    t.ok(error?.message.includes(`holds a placeholder: ${placeholder}`), `${sql}: ${error?.message}`);
    t.match(error?.message, /^0009_later\.sql, line \d,/);
  }
});

test('what is no placeholder is let through', async (t) => {
  for (const sql of FINE) await t.resolves(validate(sql), sql);
  await t.resolves(validateMigrations(readMigrations()), 'and so are the migrations of this project');
});

test('what could not be run, repeated or undone as a whole is refused by file and line', async (t) => {
  for (const [sql, words] of Object.entries(REFUSED)) {
    await t.rejects(validate(sql), { name: 'MigrationsInvalid', message: words }, sql);
  }
});

test('every problem of every file is told at once', async (t) => {
  const one = { ...migration('-- TODO\nselec'), name: '0009_one' };
  const two = { ...migration('drop table <table>'), name: '0010_two' };
  await t.rejects(validateMigrations([one, two]), { message: /0009_one\.sql.*\n.*0010_two\.sql/ });
});
