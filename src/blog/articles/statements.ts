import type { Statement } from '../../database/statement.ts';
import { ARTICLE_COLUMNS, AUTHOR_JSON } from '../sql-parts.ts';

/**
 * A list: `page` finds the ids of one page by an index in newest-first order, `total` the number of all of them
 * from a counter. Only the page's rows are then fetched and turned into JSON, each by a look-up of its own: the
 * `limit 1` forbids a join of whole tables, which PostgreSQL prefers when it plans for limits it does not know.
 */
function list(name: string, page: string, total: string): Statement {
  return {
    name,
    text: `
with page as (${page}
)
select row_to_json(reply)::text
from (
  select
    coalesce((
      select json_agg(row_to_json(item) order by page.created_at desc, page.id desc)
      from page
      cross join lateral (
        select ${ARTICLE_COLUMNS}
        from articles as article
        join users as author on author.id = article.author_id
        where article.id = page.id
        limit 1
      ) as item
    ), '[]') as articles,
    (${total}
    ) as "articlesCount"
) as reply`,
  };
}

/** $1 limit, $2 offset */
export const listNewest = list(
  'articles.list',
  `
  select id, created_at
  from articles
  order by created_at desc, id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce(sum(article_count), 0)::bigint from article_totals`,
);

/** $1 limit, $2 offset, $3 tag */
export const listByTag = list(
  'articles.list_by_tag',
  `
  select article_id as id, created_at
  from article_tags
  where tag = $3::text
  order by created_at desc, article_id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce((select article_count from tags where name = $3::text), 0)`,
);

/** $1 limit, $2 offset, $3 author */
export const listByAuthor = list(
  'articles.list_by_author',
  `
  select id, created_at
  from articles
  where author_id = (select id from users where lower(username) = lower($3::text))
  order by created_at desc, id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce((select article_count from users where lower(username) = lower($3::text)), 0)`,
);

/** $1 limit, $2 offset, $3 who likes them */
export const listByFavorited = list(
  'articles.list_by_favorited',
  `
  select article_id as id, article_created_at as created_at
  from favorites
  where user_id = (select id from users where lower(username) = lower($3::text))
  order by article_created_at desc, article_id desc
  limit $1::bigint offset $2::bigint`,
  `
    select coalesce((select favorite_count from users where lower(username) = lower($3::text)), 0)`,
);

const HAS_TAG = `exists (
      select from article_tags as tagging
      where tagging.tag = $4::text
        and tagging.created_at = article.created_at
        and tagging.article_id = article.id
    )`;

/**
 * Several filters at once start from one person's articles or favorites and count what remains of them: bounded by
 * that person, not by the table. $1 limit, $2 offset, $3 author, $4 tag or null, $5 who likes them or null
 */
const byAuthorAndMore = `
    from articles as article
    where article.author_id = (select id from users where lower(username) = lower($3::text))
      and ($4::text is null or ${HAS_TAG})
      and ($5::text is null or exists (
        select from favorites as favorite
        where favorite.article_id = article.id
          and favorite.user_id = (select id from users where lower(username) = lower($5::text))
      ))`;

export const listByAuthorAndMore = list(
  'articles.list_by_author_and_more',
  `
  select article.id, article.created_at ${byAuthorAndMore}
  order by article.created_at desc, article.id desc
  limit $1::bigint offset $2::bigint`,
  `
    select count(*) ${byAuthorAndMore}`,
);

/** $1 limit, $2 offset, $3 who likes them, $4 tag */
const byFavoritedAndTag = `
    from favorites as favorite
    join articles as article on article.id = favorite.article_id
    where favorite.user_id = (select id from users where lower(username) = lower($3::text))
      and ${HAS_TAG}`;

export const listByFavoritedAndTag = list(
  'articles.list_by_favorited_and_tag',
  `
  select article.id, article.created_at ${byFavoritedAndTag}
  order by article.created_at desc, article.id desc
  limit $1::bigint offset $2::bigint`,
  `
    select count(*) ${byFavoritedAndTag}`,
);

/** $1 slug */
export const articleBySlug: Statement = {
  name: 'articles.by_slug',
  text: `
select row_to_json(reply)::text
from articles as article
join users as author on author.id = article.author_id
cross join lateral (
  select
    article.slug,
    article.title,
    article.description,
    article.body,
    article.tag_list as "tagList",
    iso8601(article.created_at) as "createdAt",
    iso8601(article.updated_at) as "updatedAt",
    false as favorited,
    article.favorites_count as "favoritesCount",
    ${AUTHOR_JSON} as author
) as item
cross join lateral (select row_to_json(item) as article) as reply
where article.slug = $1::text`,
};
