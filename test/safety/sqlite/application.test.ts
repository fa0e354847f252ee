import { join } from 'node:path';
import { type Test, test } from 'tap';
import { hashPassword } from '../../../src/blog/users/passwords.ts';
import { migrate } from '../../../src/safety/migrations/migrate.ts';
import { apiOf, logIn } from '../../support/api.ts';
import { runCommand } from '../../support/command-line.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { addressOf } from '../../support/migrations.ts';
import { wrongTotals } from '../../support/recount.ts';
import { createDatabase, sharedServers, sql } from '../../support/shared-servers.ts';
import { EXAMPLE_MAPPING, OLD_BLOG, sqliteFile } from '../../support/sqlite-files.ts';
import { startSteadfast } from '../../support/steadfast.ts';

async function application(t: Test, content: 'empty' | 'sample' = 'empty') {
  const url = await createDatabase(t, content);
  if (content === 'empty') await migrate(addressOf(url), () => {});
  const run = (file: string, ...options: string[]) =>
    runCommand(t, ['import:sqlite', file, '--into', 'app', '--mapping', EXAMPLE_MAPPING, ...options], {
      environment: { DATABASE_URL: url },
    });
  return { url, run };
}

const COUNTS = `select (select count(*) from users) as users, (select count(*) from articles) as articles,
  (select count(*) from comments) as comments, (select count(*) from favorites) as favorites`;

test('an old blog moves into an empty application by the example mapping', async (t) => {
  const { url, run } = await application(t);
  const file = sqliteFile(t, OLD_BLOG.replace('HASH', await hashPassword('correct horse')));
  const dry = await run(file, '--dry-run');
  t.match(dry, { code: 0, stdout: /^Dry run, nothing was changed\. Would import 7 rows/ }, dry.output);
  t.match(await sql(url, COUNTS), [{ users: '0', articles: '0' }]);

  const { code, stdout, output } = await run(file);
  t.equal(code, 0, output);
  t.match(stdout, /Every cell was compared/);
  t.match(stdout, /1 ×: passwords cannot be checked here.*bcrypt/);
  t.match(stdout, /1 ×: texts were brought into composed form/);
  t.match(stdout, /cut to milliseconds/);
  t.match(stdout, /does not name, so they stay behind:\n {2}pages/);
  t.match(
    await sql(
      url,
      `select id, username, password_hash ~ '^\\$argon2id' as usable, created_at from users order by id`,
    ),
    [
      { id: '3', username: 'ann', usable: true, created_at: new Date('2020-01-01T00:00:00Z') },
      { id: '5', username: 'zoë', usable: false, created_at: new Date('2019-12-31T22:00:00.123Z') },
    ],
  );
  t.match(
    await sql(url, 'select id, slug, description, tag_list, favorites_count, created_at from articles order by id'),
    [
      { id: '7', slug: 'first', description: 'Body one', tag_list: ['a "q", \\', 'b'], favorites_count: '0' },
      {
        id: '9',
        slug: 'ueni-title',
        tag_list: ['b'],
        favorites_count: '2',
        created_at: new Date(1_600_000_000_000),
      },
    ],
  );
  t.match(await sql(url, COUNTS), [{ users: '2', articles: '2', comments: '1', favorites: '2' }]);
  t.same(await wrongTotals(url), []);
  t.match(
    await sql(url, `insert into users (username, email, password_hash) values ('n', 'n@n', '!') returning id`),
    [{ id: '6' }],
  );

  const { origin } = await startSteadfast(t, { DATABASE_URL: url, REDIS_URL: sharedServers().redisUrl });
  const login = (email: string, password: string) => logIn(apiOf(origin), email, password);
  t.equal(
    (await login('ann@example.com', 'correct horse')).status,
    200,
    'a password that can be checked still works',
  );
  t.not((await login('zoe@example.com', '!')).status, 200);

  t.match(
    await run(file),
    { code: 1, stderr: /has some of this already|has rows already/ },
    'a second time is refused',
  );
  t.match(await sql(url, COUNTS), [{ users: '3', articles: '2' }]);
});

test('beside what is there already, ids are new and references follow', async (t) => {
  const { url, run } = await application(t, 'sample');
  const [before] = await sql<{ users: string }>(url, COUNTS);
  const { code, stdout, output } = await run(sqliteFile(t, OLD_BLOG));
  t.equal(code, 0, output);
  t.match(stdout, /users from \d+, articles from \d+/);
  t.match(
    await sql(
      url,
      `select username, slug, comments.body from articles join users on users.id = author_id
       left join comments on comments.article_id = articles.id where slug in ('first', 'ueni-title') order by slug`,
    ),
    [
      { username: 'ann', slug: 'first', body: 'Nice' },
      { username: 'zoë', slug: 'ueni-title', body: null },
    ],
  );
  t.match(await sql(url, COUNTS), [{ users: String(Number(before?.users) + 2) }]);
  t.same(await wrongTotals(url), []);
});

const BAD = `${OLD_BLOG}
  insert into users values (20, 'ANN', 'other@example.com', null, null, null, '2020-01-01'), (21, ' ', 'x@x', null, null, null, '2020-01-01'),
    (22, 'late', 'late@x', null, null, null, 'yesterday');
  insert into posts values (30, 20, 'orphan', 'Orphan', 's', 'b', 'published', 1, 1), (31, 3, 'first', 'Again', 's', 'b', 'published', 1, 1),
    (32, 3, 'feed', 'Feed', 's', 'b', 'published', 1, 1), (33, 3, 'FIRST', 'Other', 's', 'b', 'published', 1, 1);
  insert into comments values (40, 30, 3, 'lost', 1), (41, 7, 3, '', 1);
`;

test('rows that the application cannot take fail the import, or are put aside with those that need them', async (t) => {
  const { url, run } = await application(t);
  const file = sqliteFile(t, BAD);
  const failed = await run(file);
  t.equal(failed.code, 1);
  t.match(failed.stderr, /users\.username, row 20: holds what another row has: "ANN"/);
  t.match(failed.stderr, /users\.username, row 21: holds a blank text/);
  t.match(failed.stderr, /users\.created_at, row 22: holds something that is not a date: "yesterday"/);
  t.match(failed.stderr, /articles\.author_id, row 30: holds what refers to no row of users/);
  t.match(failed.stderr, /articles\.slug, row 32: holds a slug that no article can be read by .*: "feed"/);
  t.match(await sql(url, COUNTS), [{ users: '0' }]);

  const halves = sqliteFile(
    t,
    `pragma encoding = 'UTF-16le'; ${OLD_BLOG}
     update posts set title = cast(x'00d84100' as text) where id = 9; update users set about = '\u{1f600}'`,
  );
  const refused = await run(halves, '--rejects', '--schema', 'old');
  t.equal(refused.code, 1);
  t.match(refused.stderr, /have halves of characters.*Among them:\n {2}posts\.title, row 9\nCorrect/);
  t.match(await sql(url, COUNTS), [{ users: '0' }]);

  const { code, output } = await run(file, '--rejects', '--schema', 'old');
  t.equal(code, 0, output);
  t.match(await sql(url, 'select table_name, "rowid", column_name from old.rejects order by 1, 2'), [
    { table_name: 'articles', rowid: '30', column_name: 'author_id' },
    { table_name: 'articles', rowid: '31', column_name: 'slug' },
    { table_name: 'articles', rowid: '32', column_name: 'slug' },
    { table_name: 'comments', rowid: '40', column_name: 'article_id' },
    { table_name: 'comments', rowid: '41', column_name: 'body' },
    { table_name: 'users', rowid: '20', column_name: 'username' },
    { table_name: 'users', rowid: '21', column_name: 'username' },
    { table_name: 'users', rowid: '22', column_name: 'created_at' },
  ]);
  t.match(await sql(url, COUNTS), [{ users: '2', articles: '3', comments: '1', favorites: '2' }]);
  t.same(await sql(url, "select id, slug from articles where lower(slug) = 'first' order by id"), [
    { id: '7', slug: 'first' },
    { id: '33', slug: 'FIRST' },
  ]);
});

test('a mapping that cannot be used is refused with everything that is wrong', async (t) => {
  const url = await createDatabase(t, 'empty');
  const file = sqliteFile(t, OLD_BLOG);
  const refuses = async (mapping: string, said: RegExp) => {
    const path = join(temporaryFolder(t, { 'mapping.json': mapping }), 'mapping.json');
    const environment = { DATABASE_URL: url };
    const args = ['import:sqlite', file, '--into', 'app', '--mapping', path];
    t.match(await runCommand(t, args, { environment }), { code: 1, stderr: said }, mapping);
  };
  await refuses('{', /is not JSON/);
  await refuses(
    '{"users": {"from": "users", "columns": {"name": "x"}}}',
    /users\.columns must .*id.*username.*email/s,
  );
  const users = { from: 'users', columns: { id: 'id', username: 'username', email: 'email' } };
  await refuses(JSON.stringify({ users, posts: users }), /posts/);
  await refuses(JSON.stringify({ users }), /no tables of the application yet.*npm run migrate/);
  await migrate(addressOf(url), () => {});
  await refuses(
    JSON.stringify({ users: { ...users, from: 'people' } }),
    /mapping of users .*no such table: people/,
  );
});

test('the settings of the old application that must change are named, without their values', async (t) => {
  const settings = join(
    temporaryFolder(t, {
      env: 'DATABASE_URL=sqlite:///srv/hunter2.db\nDB_PATH=./data/blog.sqlite3\nDB_CONNECTION=sqlite\nSQLITE_BUSY=5\nPORT=80\n',
    }),
    'env',
  );
  const environment = { DATABASE_URL: await createDatabase(t, 'empty') };
  const file = sqliteFile(t, 'create table a (b)');
  const { code, stdout } = await runCommand(t, ['import:sqlite', file, '--settings', settings], { environment });
  t.equal(code, 0);
  t.match(
    stdout,
    /DATABASE_URL names a SQLite database: set it to postgres:\/\/USER:PASSWORD@127\.0\.0\.1:\d+\/test_/,
  );
  t.match(stdout, /DB_PATH names a SQLite file: remove it/);
  t.match(stdout, /DB_CONNECTION chooses SQLite: set it to postgresql/);
  t.match(stdout, /SQLITE_BUSY is about SQLite/);
  t.notMatch(stdout, /hunter2|PORT names/);
});
