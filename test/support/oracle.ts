import pg from 'pg';
import type { Test } from 'tap';

/**
 * What the API must answer a viewer right now, by SQL as plain as it gets: nothing kept, nothing shared, no counters.
 * Undefined for what must not be found.
 */
export type Oracle = {
  /** `viewer` is a username, or null for a reader who is not logged in. */
  list(viewer: string | null, filter?: ListFilter): Promise<unknown>;
  feed(viewer: string): Promise<unknown>;
  article(viewer: string | null, slug: string): Promise<unknown>;
  comments(viewer: string | null, slug: string): Promise<unknown>;
  profile(viewer: string | null, username: string): Promise<unknown>;
  tags(): Promise<readonly string[]>;
};

export type ListFilter = { readonly tag?: string; readonly author?: string; readonly favorited?: string };

type Row = Record<string, unknown>;

const AUTHOR = `
  json_build_object(
    'username', author.username, 'bio', author.bio, 'image', author.image,
    'following', exists (
      select from follows join users as me on me.id = follower_id
      where me.username = $1 and followee_id = author.id
    )
  ) as author`;

const ARTICLE = `
  article.slug, article.title, article.description, article.body, article.tag_list as "tagList",
  article.created_at as "createdAt", article.updated_at as "updatedAt",
  exists (
    select from favorites join users as me on me.id = user_id
    where me.username = $1 and article_id = article.id
  ) as favorited,
  (select count(*)::int from favorites where article_id = article.id) as "favoritesCount",
  ${AUTHOR}
  from articles as article join users as author on author.id = article.author_id`;

const NEWEST_FIRST = 'order by article.created_at desc, article.id desc';

export async function openOracle(test: Test, url: string): Promise<Oracle> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  test.teardown(() => client.end());
  const ask = async (text: string, values: unknown[]): Promise<Row[]> => {
    const { rows } = await client.query<Row>(text, values);
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
      ),
    );
  };
  const firstPage = (rows: readonly Row[]) => ({
    articles: rows.slice(0, 20).map(({ body: _body, ...item }) => item),
    articlesCount: rows.length,
  });
  return {
    list: async (viewer, { tag = null, author = null, favorited = null } = {}) =>
      firstPage(
        await ask(
          `select ${ARTICLE}
           where ($2::text is null or $2 = any (article.tag_list))
             and ($3::text is null or author.username = $3)
             and ($4::text is null or exists (
               select from favorites join users as fan on fan.id = user_id
               where fan.username = $4 and article_id = article.id
             ))
           ${NEWEST_FIRST}`,
          [viewer, tag, author, favorited],
        ),
      ),
    feed: async (viewer) =>
      firstPage(
        await ask(
          `select ${ARTICLE}
           join follows on followee_id = author.id join users as reader on reader.id = follower_id
           where reader.username = $1 ${NEWEST_FIRST}`,
          [viewer],
        ),
      ),
    article: async (viewer, slug) => {
      const [article] = await ask(`select ${ARTICLE} where article.slug = $2`, [viewer, slug]);
      return article && { article };
    },
    comments: async (viewer, slug) => {
      const found = await ask('select from articles where slug = $1', [slug]);
      if (found.length === 0) return undefined;
      const comments = await ask(
        `select comment.id::int, comment.created_at as "createdAt", comment.updated_at as "updatedAt", comment.body,
           ${AUTHOR}
         from comments as comment
         join articles as article on article.id = comment.article_id
         join users as author on author.id = comment.author_id
         where article.slug = $2
         order by comment.created_at desc, comment.id desc`,
        [viewer, slug],
      );
      return { comments };
    },
    profile: async (viewer, username) => {
      const [profile] = await ask(`select ${AUTHOR} from users as author where author.username = $2`, [
        viewer,
        username,
      ]);
      return profile && { profile: profile.author };
    },
    tags: async () => {
      const rows = await ask('select distinct unnest(tag_list) as tag from articles order by tag', []);
      return rows.map(({ tag }) => String(tag));
    },
  };
}
