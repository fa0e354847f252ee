import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { withConnection } from '../../../src/safety/connection.ts';
import { compareSchemas } from '../../../src/safety/migrations/compare-schema.ts';
import { migrate } from '../../../src/safety/migrations/migrate.ts';
import {
  describeSchema,
  readSchemaDescription,
  SCHEMA_FILE,
  writeSchemaDescription,
} from '../../../src/safety/migrations/schema-description.ts';
import { addressOf } from '../../support/migrations.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';

const describe = (url: string) => withConnection(addressOf(url), describeSchema);

test('sql/schema.txt is what the migrations make; if not: npm run schema:describe', async (t) => {
  const url = await createDatabase(t, 'empty');
  await migrate(addressOf(url), () => {});
  t.equal(readFileSync(SCHEMA_FILE, 'utf8'), writeSchemaDescription(await describe(url)));
});

test('the body of every function counts: a migration writes it in quotes', (t) => {
  for (const [thing, definition] of readSchemaDescription()) {
    if (thing.startsWith('function ')) t.match(definition, /[ ][0-9a-f]{32}$/, thing);
  }
  t.end();
});

/** Each change, and what is told of it: missing or different, and extra. */
const CHANGES: readonly (readonly [change: string, missing: readonly string[], extra: readonly string[]])[] = [
  ['alter table users alter column bio type varchar(9000)', ['column users.bio (is character varying(9000))'], []],
  ['alter table users alter column username drop not null', ['column users.username (is text)'], []],
  ['alter table users alter column updated_at drop default', ['column users.updated_at (is '], []],
  ['alter table comments alter column id drop identity', ['column comments.id (is bigint not null)'], []],
  ['alter table tags drop constraint tags_name_length', ['constraint tags.tags_name_length'], []],
  [
    `alter table tags drop constraint tags_name_length;
     alter table tags add constraint tags_name_length check (char_length(name) <= 64) not valid`,
    ['constraint tags.tags_name_length (is CHECK ((char_length(name) <= 64)) NOT VALID)'],
    [],
  ],
  [
    'alter table article_tags disable trigger all',
    [
      'constraint article_tags.article_tags_article_fkey (is FOREIGN KEY (article_id) REFERENCES articles(id) ON DELETE CASCADE (not enforced))',
      'constraint article_tags.article_tags_tag_fkey (is FOREIGN KEY (tag) REFERENCES tags(name) (not enforced))',
    ],
    [],
  ],
  [
    'alter table tags disable trigger all',
    ['constraint article_tags.article_tags_tag_fkey (is FOREIGN KEY (tag) REFERENCES tags(name) (not enforced))'],
    [],
  ],
  ['drop index users_email_key', ['index users.users_email_key'], []],
  [
    "update pg_index set indisvalid = false where indexrelid = 'users_email_key'::regclass",
    ['index users.users_email_key (is CREATE UNIQUE INDEX'],
    [],
  ],
  [
    "update pg_index set indisready = false where indexrelid = 'articles_newest_idx'::regclass",
    ['index articles.articles_newest_idx (is CREATE INDEX'],
    [],
  ],
  [
    "update pg_index set indislive = false where indexrelid = 'articles_slug_key'::regclass",
    ['constraint articles.articles_slug_key (is UNIQUE (slug) (invalid))'],
    [],
  ],
  ['alter table articles disable trigger articles_inserted', ['trigger articles.articles_inserted (is '], []],
  ['drop function iso8601', ['function iso8601(moment timestamp with time zone)'], []],
  [
    "create or replace function write_alone() returns trigger language plpgsql as 'begin return null; end'",
    ['function write_alone() (is trigger plpgsql '],
    [],
  ],
  [
    'alter function articles_inserted() security definer set search_path = pg_temp',
    ['function articles_inserted() (is trigger plpgsql security definer set search_path=pg_temp '],
    [],
  ],
  [
    'alter function iso8601 strict',
    ['function iso8601(moment timestamp with time zone) (is text sql stable strict'],
    [],
  ],
  ['alter table comments set unlogged', ['table comments (is ordinary, unlogged)'], []],
  [
    'create rule nothing as on insert to tags do instead nothing; create rule "No More" as on delete to tags do nothing',
    ['table tags (is ordinary, rule "No More", rule nothing)'],
    [],
  ],
  [
    'alter table comments enable row level security, force row level security',
    ['table comments (is ordinary, row-level security, forced row-level security)'],
    [],
  ],
  ['create policy own on comments using (author_id = 1)', [], ['policy comments.own']],
  [
    'alter table comments set unlogged; alter table comments drop constraint comments_body_present',
    ['constraint comments.comments_body_present', 'table comments (is ordinary, unlogged)'],
    [],
  ],
  [
    `create or replace function iso8601(moment timestamptz) returns text language sql stable parallel safe
     begin atomic select 'never'; end`,
    ['function iso8601(moment timestamp with time zone) (is text sql stable)'],
    [],
  ],
  ['drop table comments', ['table comments'], []],
  ['create table notes (id int primary key, words text)', [], ['table notes']],
  [
    'alter table tags add column colour text; create index on tags (colour)',
    [],
    ['column tags.colour', 'index tags.tags_colour_idx'],
  ],
  ["create type mood as enum ('well'); create view few as select 1 as one", [], ['type mood', 'view few']],
  ['create extension pg_stat_statements; create extension amcheck', [], []],
];

test('every change by hand is told, and nothing else', async (t) => {
  const wanted = readSchemaDescription();
  for (const [change, missing, extra] of CHANGES) {
    const url = await createDatabase(t);
    await sql(url, change);
    const found = compareSchemas(wanted, await describe(url));
    t.equal(found.missing.length, missing.length, change);
    for (const [index, { what }] of found.missing.entries()) {
      t.ok(what.startsWith(missing[index] ?? '!'), `${change}: ${what}`);
    }
    t.same(found.extra, extra, change);
  }
});

test('the statements that are given put tables, indexes, constraints and triggers back', async (t) => {
  const url = await createDatabase(t);
  await sql(
    url,
    `drop index users_email_key;
     alter table articles drop constraint articles_author_fkey, drop constraint articles_slug_key;
     alter table articles disable trigger articles_inserted;
     alter table comments disable trigger all;
     alter table comments enable trigger user;
     alter table comments set unlogged;
     alter table follows enable row level security, force row level security;
     create rule "No More" as on delete to tags do instead nothing;
     update pg_index set indisvalid = false where indexrelid = 'tags_popularity_idx'::regclass;
     update pg_index set indisready = false, indislive = false where indexrelid = 'tags_pkey'::regclass`,
  );
  const { missing } = compareSchemas(readSchemaDescription(), await describe(url));
  t.equal(missing.length, 11);
  for (const { mend, what } of missing) await sql(url, mend ?? `select 1 / 0 -- ${what}`);
  t.same(compareSchemas(readSchemaDescription(), await describe(url)), { missing: [], extra: [] });
});
