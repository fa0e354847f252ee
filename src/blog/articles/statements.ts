import type { Statement } from '../../database/statement.ts';
import { ARTICLE_COLUMNS, sharedBodyOf } from '../sql-parts.ts';

/** The cursor behind a page that is full. */
const NEXT = `(
    select (extract(epoch from created_at) * 1000)::bigint || '.' || id
    from page
    where (select count(*) from page) = $1::bigint
    order by created_at, id
    limit 1
  )`;

/**
 * A list: `page` finds the ids of one page by an index in newest-first order, `total` the number of all of them
 * from a counter. Only the page's rows are then fetched and turned into JSON, each by a look-up of its own: the
 * `limit 1` forbids a join of whole tables, which PostgreSQL prefers when it plans for limits it does not know.
 * `next` is the cursor behind a full page.
 *
 * Every list begins with these: $1 limit, $2 offset, $3 and $4 the cursor's milliseconds and id, or null
 */
function list(name: string, page: string, total: string): Statement {
  return {
    name,
    text: `
with page as (${page}
), shown as (
  select
    coalesce(json_agg(item.article order by page.created_at desc, page.id desc), '[]') as articles,
    string_agg(page.id::text, ',' order by page.created_at desc, page.id desc) as article_ids,
    string_agg(item.author_id::text, ',' order by page.created_at desc, page.id desc) as author_ids
  from page
  cross join lateral (
    select
      (select row_to_json(item) from (select ${ARTICLE_COLUMNS}) as item) as article,
      author.id as author_id
    from articles as article
    join users as author on author.id = article.author_id
    where article.id = page.id
    limit 1
  ) as item
)
select ${sharedBodyOf('reply', { articles: 'article_ids', people: 'author_ids', next: NEXT })}
from shown
cross join lateral (
  select
    shown.articles,
    (${total}
    ) as "articlesCount"
) as reply`,
  };
}

/** The rows behind the cursor; all of them where there is none. */
const behindCursor = (createdAt: string, id: string) =>
  `(${createdAt}, ${id}) < (
      coalesce(to_timestamp($3::bigint / 1000.0), 'infinity'),
      coalesce($4::bigint, 9223372036854775807)
    )`;

export const listNewest = list(
  'articles.list',
  `
  select id, created_at
  from articles
  where ${behindCursor('created_at', 'id')}
  order by created_at desc, id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce(sum(article_count), 0)::bigint from article_totals`,
);

/** $5 tag */
export const listByTag = list(
  'articles.list_by_tag',
  `
  select article_id as id, created_at
  from article_tags
  where tag = $5::text and ${behindCursor('created_at', 'article_id')}
  order by created_at desc, article_id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce((select article_count from tags where name = $5::text), 0)`,
);

/** $5 author */
export const listByAuthor = list(
  'articles.list_by_author',
  `
  select id, created_at
  from articles
  where author_id = (select id from users where lower(username) = lower($5::text))
    and ${behindCursor('created_at', 'id')}
  order by created_at desc, id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce((select article_count from users where lower(username) = lower($5::text)), 0)`,
);

/** $5 who likes them */
export const listByFavorited = list(
  'articles.list_by_favorited',
  `
  select article_id as id, article_created_at as created_at
  from favorites
  where user_id = (select id from users where lower(username) = lower($5::text))
    and ${behindCursor('article_created_at', 'article_id')}
  order by article_created_at desc, article_id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce((select favorite_count from users where lower(username) = lower($5::text)), 0)`,
);

const hasTag = (createdAt: string, id: string) =>
  `exists (
      select from article_tags as tagging
      where tagging.tag = $6::text
        and tagging.created_at = ${createdAt}
        and tagging.article_id = ${id}
    )`;

/**
 * Several filters at once start from one person's articles or favorites and count what remains of them: bounded by
 * that person, not by the table. $5 author, $6 tag or null, $7 who likes them or null
 */
const byAuthorAndMore = `
    from articles as article
    where article.author_id = (select id from users where lower(username) = lower($5::text))
      and ($6::text is null or ${hasTag('article.created_at', 'article.id')})
      and ($7::text is null or exists (
        select from favorites as favorite
        where favorite.article_id = article.id
          and favorite.user_id = (select id from users where lower(username) = lower($7::text))
      ))`;

export const listByAuthorAndMore = list(
  'articles.list_by_author_and_more',
  `
  select article.id, article.created_at ${byAuthorAndMore}
    and ${behindCursor('article.created_at', 'article.id')}
  order by article.created_at desc, article.id desc
  limit $1::bigint offset $2::bigint`,
  `
    select count(*) ${byAuthorAndMore}`,
);

/** A favorite knows its article's created_at: no need to look the article up. $5 who likes them, $6 tag */
const byFavoritedAndTag = `
    from favorites as favorite
    where favorite.user_id = (select id from users where lower(username) = lower($5::text))
      and ${hasTag('favorite.article_created_at', 'favorite.article_id')}`;

export const listByFavoritedAndTag = list(
  'articles.list_by_favorited_and_tag',
  `
  select favorite.article_id as id, favorite.article_created_at as created_at ${byFavoritedAndTag}
    and ${behindCursor('favorite.article_created_at', 'favorite.article_id')}
  order by favorite.article_created_at desc, favorite.article_id desc
  limit $1::bigint offset $2::bigint`,
  `
    select count(*) ${byFavoritedAndTag}`,
);

/** What the people write whom the viewer follows. $5 viewer */
export const feed = list(
  'articles.feed',
  `
  select article.id, article.created_at
  from follows
  cross join lateral (
    select id, created_at
    from articles
    where author_id = follows.followee_id and ${behindCursor('created_at', 'id')}
    order by created_at desc, id desc
    limit $1::bigint + $2::bigint
  ) as article
  where follows.follower_id = $5::bigint
  order by article.created_at desc, article.id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce(sum(followee.article_count), 0)::bigint
    from follows
    join users as followee on followee.id = follows.followee_id
    where follows.follower_id = $5::bigint`,
);

/** The body about each of these rows of articles. */
export const bodyOfArticle = (articles: string) => `
select ${sharedBodyOf('reply', { articles: 'article.id', people: 'author.id' })}
from ${articles} as article
join users as author on author.id = article.author_id
cross join lateral (
  select
    article.body,${ARTICLE_COLUMNS}
) as item
cross join lateral (select row_to_json(item) as article) as reply`;

/** $1 slug */
export const articleBySlug: Statement = {
  name: 'articles.by_slug',
  text: `${bodyOfArticle('articles')}
where article.slug = $1::text`,
};
