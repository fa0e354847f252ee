import { test } from 'tap';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedGenerated } from '../../src/safety/seed.ts';
import { addressOf } from '../support/migrations.ts';
import { wrongTotals } from '../support/recount.ts';
import { createDatabase, sql } from '../support/shared-servers.ts';
import { type Dice, type Write, writeSideBySide } from '../support/writers.ts';

const AMOUNTS = { writers: 50, writes: 100 };
const USERS = 20;
const ARTICLES = 60;
const TAGS = ['garden', 'postgres', 'music', 'oncall', 'travel', 'books'];

/** What a writer may meet when somebody else deleted the thing in the meantime, or was first. */
const EXPECTED = [/^23503 /, /^23502/, /^23505 /];

const user = (dice: Dice) => dice(USERS) + 1;
const article = (dice: Dice) => dice(ARTICLES) + 1;
const tags = (dice: Dice) => Array.from({ length: dice(4) }, () => TAGS[dice(TAGS.length)]);

const WRITES = {
  publish: (dice: Dice): Write => [
    `insert into articles (slug, title, description, body, tag_list, author_id)
     values (gen_random_uuid()::text, 't', 'd', 'b', $1, $2)`,
    [tags(dice), user(dice)],
  ],
  publishSeveral: (dice: Dice): Write => [
    `insert into articles (slug, title, description, body, tag_list, author_id)
     select gen_random_uuid()::text, 't', 'd', 'b', $1, id from users where id = any ($2)`,
    [tags(dice), [user(dice), user(dice), user(dice)]],
  ],
  retag: (dice: Dice): Write => ['update articles set tag_list = $1 where id = $2', [tags(dice), article(dice)]],
  favorite: (dice: Dice): Write => [
    'insert into favorites (user_id, article_id) values ($1, $2) on conflict do nothing',
    [user(dice), article(dice)],
  ],
  unfavorite: (dice: Dice): Write => [
    'delete from favorites where user_id = $1 and article_id = $2',
    [user(dice), article(dice)],
  ],
  comment: (dice: Dice): Write => [
    "insert into comments (article_id, author_id, body) values ($1, $2, 'c')",
    [article(dice), user(dice)],
  ],
  follow: (dice: Dice): Write => [
    'insert into follows (follower_id, followee_id) values ($1, $2) on conflict do nothing',
    [dice(USERS / 2) * 2 + 1, dice(USERS / 2) * 2 + 2],
  ],
  remove: (dice: Dice): Write => ['delete from articles where id = $1', [article(dice)]],
  removeUser: (dice: Dice): Write => ['delete from users where id = $1', [user(dice)]],
};

const everyday: (keyof typeof WRITES)[] = [
  'publish',
  'publishSeveral',
  'retag',
  'favorite',
  'unfavorite',
  'comment',
];

/** Chooses evenly; what stands several times in the list is chosen more often. */
const among = (names: readonly (keyof typeof WRITES)[]) => (dice: Dice) => {
  const name = names[dice(names.length)] ?? 'publish';
  return WRITES[name](dice);
};

for (const [what, names] of [
  ['writers who publish, retag, like and answer', everyday],
  ['writers among whom some delete articles', [...everyday, 'favorite', 'favorite', 'remove']],
  ['writers among whom some delete users', [...everyday, ...everyday, 'follow', 'remove', 'removeUser']],
] as const) {
  test(`${what} do not deadlock, and every total is right afterwards`, async (t) => {
    const url = await createDatabase(t, 'empty');
    await migrate(addressOf(url), () => {});
    await seedGenerated(addressOf(url), { users: USERS, articles: ARTICLES }, () => {});
    const refused = await writeSideBySide(url, AMOUNTS, among(names));
    const unexpected = Object.keys(refused).filter((reason) => !EXPECTED.some((expected) => expected.test(reason)));
    t.same(unexpected, [], JSON.stringify(refused));
    t.same(await wrongTotals(url), []);
    const [counts] = await sql<{ articles: number }>(url, 'select count(*)::int as articles from articles');
    t.ok(counts !== undefined && counts.articles !== ARTICLES, 'they did write');
  });
}

test('a total that is wrong is found', async (t) => {
  const url = await createDatabase(t);
  t.same(await wrongTotals(url), []);
  await sql(url, "update users set article_count = article_count + 1 where username = 'ines'");
  await sql(url, 'delete from article_tags where tag = (select min(tag) from article_tags)');
  await sql(
    url,
    'update article_totals set article_count = article_count + 1 where shard = (select min(shard) from article_totals)',
  );
  const wrong = (await wrongTotals(url)).join('\n');
  t.match(wrong, /users\.article_count: \d+ instead of \d+ for ines/);
  t.match(wrong, /article_tags against/);
  t.match(wrong, /articles in article_totals: 37 instead of 36/);
});
