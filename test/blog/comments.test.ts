import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { COMMENT, differences } from '../support/shapes.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

type Row = Record<'slug' | 'body' | 'username', string> & {
  id: string;
  created_at: Date;
  updated_at: Date;
  bio: string | null;
  image: string | null;
};

const ROWS = `
  select article.slug, comment.id, comment.body, comment.created_at, comment.updated_at, username, bio, image
  from comments as comment
  join articles as article on article.id = comment.article_id
  join users on users.id = comment.author_id
  order by comment.created_at desc, comment.id desc`;

test('the comments of an article', async (t) => {
  const environment = await testEnvironment(t);
  const database = environment.DATABASE_URL;
  // Ties: comments of one moment.
  await sql(
    database,
    `insert into comments (article_id, author_id, body, created_at, updated_at)
     select article.id, author.id, 'تعليق 星 🥐 ' || author.username, '2026-11-01T10:00:00.5Z', '2026-11-02T10:00:00Z'
     from articles as article, users as author
     where article.slug = 'the-pager-is-a-promise'`,
  );
  const rows = await sql<Row>(database, ROWS);
  const slugs = await sql<{ slug: string }>(database, 'select slug from articles');
  const { origin } = await startSteadfast(t, environment);
  const commentsOf = async (slug: string) => (await get(origin, `/api/articles/${slug}/comments`)).json;

  t.test('have exactly the keys and types of the contract', async (t) => {
    for (const { slug } of slugs) t.same(differences(await commentsOf(slug), { comments: [COMMENT] }), [], slug);
  });

  t.test('are all there, newest first, ties by id, as the rows say', async (t) => {
    for (const { slug } of slugs) {
      const expected = rows
        .filter((row) => row.slug === slug)
        .map(({ id, created_at, updated_at, body, username, bio, image }) => ({
          id: Number(id),
          createdAt: created_at.toISOString(),
          updatedAt: updated_at.toISOString(),
          body,
          author: { username, bio, image, following: false },
        }));
      t.strictSame(await commentsOf(slug), { comments: expected }, slug);
    }
  });

  t.test('are an empty list where nobody has said anything', async (t) => {
    const quiet = slugs.find(({ slug }) => rows.every((row) => row.slug !== slug));
    if (quiet === undefined) throw new Error('every article of the sample has comments');
    t.strictSame(await commentsOf(quiet.slug), { comments: [] });
  });
});
