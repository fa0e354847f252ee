import type { Statement } from '../../database/statement.ts';
import { AUTHOR_JSON, sharedBodyOf } from '../sql-parts.ts';

const COMMENT_COLUMNS = `
  comment.id,
  iso8601(comment.created_at) as "createdAt",
  iso8601(comment.updated_at) as "updatedAt",
  comment.body,
  ${AUTHOR_JSON} as author`;

/** No row where there is no such article. $1 slug */
export const commentsBySlug: Statement = {
  name: 'comments.by_article',
  text: `
select ${sharedBodyOf('reply', { people: 'shown.author_ids' })}
from articles as article
cross join lateral (
  select
    coalesce(json_agg(row_to_json(item) order by comment.created_at desc, comment.id desc), '[]') as comments,
    string_agg(author.id::text, ',' order by comment.created_at desc, comment.id desc) as author_ids
  from comments as comment
  join users as author on author.id = comment.author_id
  cross join lateral (select ${COMMENT_COLUMNS}
  ) as item
  where comment.article_id = article.id
) as shown
cross join lateral (select shown.comments) as reply
where article.slug = $1::text`,
};

/** No row where there is no such article. $1 slug, $2 author, $3 body */
export const insertComment: Statement = {
  name: 'comments.insert',
  text: `
with article as (
  select id from articles where slug = $1::text for key share
), created as (
  insert into comments (article_id, author_id, body)
  select id, $2::bigint, $3::text from article
  returning *
)
select ${sharedBodyOf('reply', { people: 'author.id' })}
from created as comment
join users as author on author.id = comment.author_id
cross join lateral (select ${COMMENT_COLUMNS}
) as item
cross join lateral (select row_to_json(item) as comment) as reply`,
};

/**
 * Says whether there is such an article, and whether the comment is there and the viewer's and so was deleted. $1 slug,
 * $2 comment or null, $3 viewer
 */
export const deleteComment: Statement = {
  name: 'comments.delete',
  text: `
with article as (
  select id from articles where slug = $1::text for key share
), target as (
  select comment.id, comment.author_id
  from comments as comment
  join article on article.id = comment.article_id
  where comment.id = $2::bigint
  for update of comment
), deleted as (
  delete from comments
  using target
  where comments.id = target.id and target.author_id = $3::bigint
)
select json_build_object(
  'article', exists (select from article),
  'mine', (select author_id = $3::bigint from target)
)::text`,
};
