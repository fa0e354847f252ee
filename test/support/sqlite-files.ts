import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Test } from 'tap';
import { type ImportOptions, importSqlite } from '../../src/safety/sqlite/import.ts';
import type { ImportReport } from '../../src/safety/sqlite/report.ts';
import { temporaryFolder } from './folders.ts';
import { addressOf } from './migrations.ts';

/** Writes a SQLite file with this SQL, and more by `fill`, and returns its path. Foreign keys are not enforced. */
export function sqliteFile(
  test: Test,
  sql: string,
  { name = 'old-blog.db', fill = () => {} }: { name?: string; fill?: (database: DatabaseSync) => void } = {},
): string {
  const path = join(temporaryFolder(test), name);
  const database = new DatabaseSync(path, {
    enableForeignKeyConstraints: false,
    enableDoubleQuotedStringLiterals: true,
    defensive: false,
  });
  database.exec(sql);
  fill(database);
  database.close();
  return path;
}

export const EXAMPLE_MAPPING = join(import.meta.dirname, '../../docs/sqlite-mapping.example.json');

/** The tables of a typical old blog, as the example mapping expects them. */
export const OLD_BLOG_SCHEMA = `
  create table users (id integer primary key, username text unique, email text, password text, about text,
    avatar_url text, created_at datetime);
  create table posts (id integer primary key autoincrement, user_id int references users, slug text, title text,
    summary text, body text, status text, created_at int, updated_at int);
  create table tags (id integer primary key, name text);
  create table post_tags (post_id int references posts, tag_id int references tags);
  create table comments (id integer primary key, post_id int references posts, user_id int references users, body text,
    created_at int);
  create table likes (user_id int references users, post_id int references posts);
  create table pages (id integer);
`;

export const OLD_BLOG = `${OLD_BLOG_SCHEMA}
  insert into users values
    (3, 'ann', 'ann@example.com', 'HASH', null, null, '2020-01-01 00:00:00'),
    (5, 'zoe' || char(776), 'zoe@example.com', '$2b$10$abcdefghijklmnopqrstuv', 'Hi', null, '2020-01-01T00:00:00.1239+02:00');
  insert into posts values
    (7, 3, 'first', 'First', ' ', 'Body one', 'published', 1600000000, 1600000001),
    (9, 5, null, 'Ünï title', 'About', 'Body', 'published', 1600000000, 1600000000),
    (10, 5, 'draft', 'Draft', 's', 'x', 'draft', 1, 1);
  insert into tags values (1, 'a "q", \\'), (2, 'b');
  insert into post_tags values (7, 1), (7, 2), (9, 2), (9, 2), (10, 1);
  insert into comments values (1, 7, 5, 'Nice', 1600000002);
  insert into likes values (3, 9), (5, 9);
`;

const LONG_NAME = `a_name_of_more_than_sixty_three_bytes_${'é'.repeat(30)}`;

/** Everything that moves whole, in one file: names, keys, types, checks, indexes, collations. */
export const NASTY_SCHEMA = `
  create table "User" (
    id integer primary key autoincrement,
    name text not null collate nocase unique,
    email text check (email like '%@%' and length(email) between 3 and 254),
    "order" int default 7,
    active boolean not null default 1 check (active in (0, 1)),
    score real default -1.5,
    price decimal(10, 2),
    picture blob default x'00ff',
    born date check (born > '1900-01-01'),
    joined datetime default current_timestamp,
    seen timestamp,
    label text generated always as (upper(trim(name)) || '#' || id) virtual,
    double_score generated always as (score * 2) stored,
    "xmin" text default 'it''s',
    anything
  );
  create table post (
    slug text primary key,
    author int not null references "USER" on delete cascade on update restrict deferrable initially deferred,
    reply_to text references post (slug),
    status text not null default draft check (status in ('draft', 'published') or "status" glob 'x-[0-9]*'),
    words int check (words >= 0 and words % 1 = 0),
    unique (author, slug)
  ) without rowid;
  create table tagging (post text, tag text, weight int, primary key (tag, post), foreign key (post) references post (slug));
  create table strictly (id integer primary key, n int not null, r real, t text, b blob, a any) strict;
  create table "${LONG_NAME}1" ("${LONG_NAME}1" text, "${LONG_NAME}2" int, "select" text, [from] text, \`a"b\` text, "" int);
  create table "${LONG_NAME}2" (id integer primary key);
  create table no_key (value text, rowid text);
  create table empty_table (id integer primary key autoincrement, "when" datetime default (datetime('now')));
  create unique index user_email on "User" (lower(email)) where email is not null;
  create index user_active on "User" (active desc, score) where active;
  create index post_status on post (status collate nocase, words desc) where words > 10 or status = "draft";
  create view published as select * from post where status = 'published';
  create trigger touch after update on post begin select 1; end;
  create virtual table search using fts5 (body);
`;

export function fillNasty(database: DatabaseSync): void {
  const user = database.prepare(
    `insert into "User" (id, name, email, "order", active, score, price, picture, born, joined, seen, xmin, anything)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const largest = 9223372036854775807n;
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const blank = [null, null, null, null, null, null, null, null, null] as const;
  user.run(
    1,
    'Ann',
    'Ann@example.com',
    largest,
    1,
    1.5,
    19.99,
    bytes,
    '2024-02-29',
    '2024-01-02 03:04:05',
    '2024-01-02T03:04:05.678Z',
    'x',
    'a',
  );
  user.run(
    2,
    'bob',
    null,
    -largest - 1n,
    0,
    Number.POSITIVE_INFINITY,
    5,
    new Uint8Array(),
    '1999-12-31',
    '0001-01-01 00:00',
    '1970-01-01 00:00:00+05:30',
    '',
    'b',
  );
  user.run(
    3,
    'ÄNN',
    'ä@ö',
    null,
    1,
    -0.1,
    1e300,
    null,
    null,
    '2024-12-31T23:59:59.999999',
    null,
    'tab\tand\\and\nand\rand\\N',
    'c',
  );
  user.run(
    4,
    ' \u{1f600} \ufeff\u2028\u0001',
    'b@b',
    ...blank.slice(0, 1),
    1,
    5e-324,
    -0.000001,
    ...blank.slice(0, 4),
    '\ufffd',
    'd',
  );
  user.run(900, 'gone', 'c@c', 0, 0, 0.1, 0, ...blank.slice(0, 4), null, 'e');
  database.exec(`delete from "User" where id = 900`);
  const post = database.prepare('insert into post values (?, ?, ?, ?, ?)');
  post.run('hello', 1, null, 'published', 11);
  post.run('Hello', 2, 'hello', 'draft', 0);
  post.run('x', 1, 'later', 'x-1', null);
  post.run('later', 1, null, 'draft', 10);
  database.exec(`insert into tagging values ('hello', 'one', 1), ('Hello', 'one', 2), (null, 'none', 3)`);
  database.exec(`insert into strictly values (-5, 1, 1.0, 'text', x'00', 4), (7, 2, -0.0, '', null, 5)`);
  database.exec(`insert into "${LONG_NAME}1" values ('a', 1, 's', 'f', 'q', 2)`);
  database.exec(`insert into no_key values ('same', 'same'), ('same', 'same'), (null, null)`);
  database.exec(`insert into search values ('words')`);
}

/** Imports a file into a schema named old, without a word. */
export function importFile(
  databaseUrl: string,
  file: string,
  options: Partial<ImportOptions> = {},
): Promise<ImportReport> {
  return importSqlite(addressOf(databaseUrl), {
    file,
    schema: 'old',
    rejects: false,
    dryRun: false,
    lowerCaseNames: false,
    progress: () => {},
    ...options,
  });
}

/** Every file beside this one, with its content's checksum and its time of change. */
export function folderOf(file: string): string[] {
  const folder = dirname(file);
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const content = readFileSync(join(folder, name));
      return `${name} ${createHash('sha256').update(content).digest('hex')} ${statSync(join(folder, name)).mtimeMs}`;
    });
}
