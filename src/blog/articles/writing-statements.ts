import type { Statement } from '../../database/statement.ts';
import { bodyOfArticle } from './statements.ts';

/** Returns its body; no row when the slug is taken. $1 slug, $2 title, $3 description, $4 body, $5 tags, $6 author */
export const insertArticle: Statement = {
  name: 'articles.insert',
  text: `
with created as (
  insert into articles (slug, title, description, body, tag_list, author_id)
  values ($1::text, $2::text, $3::text, $4::text, $5::text[], $6::bigint)
  on conflict (slug) do nothing
  returning *
)${bodyOfArticle('created')}`,
};

const TARGET = 'select id, author_id from articles where slug = $1::text for update';

/** Of the article that a statement was to write: its slug if it was written, and whether it is the viewer's. */
const OUTCOME = `
select json_build_object(
  -- This first: the trigger of the write waits for its turn, and only then the article is locked.
  'slug', (select slug from written),
  'mine', (select author_id = $2::bigint from target)
)::text`;

/**
 * What is null stays. Says whether there is such an article, whose it is, and its slug if it was updated. $1 slug,
 * $2 viewer, $3 new slug, $4 title, $5 description, $6 body, $7 tags, $8 only if last updated at that time, or null
 */
export const updateArticle: Statement = {
  name: 'articles.update',
  text: `
with target as (
  ${TARGET}
), written as (
  update articles as article
  set
    slug = case when title = coalesce($4::text, title) then slug else $3::text end,
    title = coalesce($4::text, title),
    description = coalesce($5::text, description),
    body = coalesce($6::text, body),
    tag_list = coalesce($7::text[], tag_list),
    updated_at = greatest(clock_timestamp(), updated_at + interval '1 millisecond')
  from target
  where article.id = target.id
    and article.author_id = $2::bigint
    and article.updated_at = coalesce($8::timestamptz, article.updated_at)
  returning article.slug
)${OUTCOME}`,
};

/**
 * Says whether there is such an article, whose it is, and its slug if it was deleted. $1 slug, $2 viewer, $3 only if last
 * updated at that time, or null
 */
export const deleteArticle: Statement = {
  name: 'articles.delete',
  text: `
with target as (
  ${TARGET}
), written as (
  delete from articles as article
  using target
  where article.id = target.id
    and article.author_id = $2::bigint
    and article.updated_at = coalesce($3::timestamptz, article.updated_at)
  returning article.slug
)${OUTCOME}`,
};

/** Its slug stays its own until the end of the transaction. */
const LIKED_ARTICLE = 'select id, author_id from articles where slug = $1::text for key share';

const FOLLOWS_AUTHOR = `
select exists (
  select from follows where follower_id = $2::bigint and followee_id = liked.author_id
)::text
from liked`;

/** After `takeTurn`. Says whether the viewer follows the author; no row where there is no such article. $1 slug, $2 viewer */
export const favoriteArticle: Statement = {
  name: 'articles.favorite',
  text: `
with liked as (
  ${LIKED_ARTICLE}
), favorited as (
  insert into favorites (user_id, article_id)
  select $2::bigint, id from liked
  on conflict do nothing
)${FOLLOWS_AUTHOR}`,
};

/** After `takeTurn`. Says whether the viewer follows the author; no row where there is no such article. $1 slug, $2 viewer */
export const unfavoriteArticle: Statement = {
  name: 'articles.unfavorite',
  text: `
with liked as (
  ${LIKED_ARTICLE}
), unfavorited as (
  delete from favorites
  using liked
  where favorites.article_id = liked.id and favorites.user_id = $2::bigint
)${FOLLOWS_AUTHOR}`,
};
