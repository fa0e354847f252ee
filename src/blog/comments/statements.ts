import type { Statement } from '../../database/statement.ts';
import { AUTHOR_JSON } from '../sql-parts.ts';

/** No row where there is no such article. $1 slug */
export const commentsBySlug: Statement = {
  name: 'comments.by_article',
  text: `
select row_to_json(reply)::text
from articles as article
cross join lateral (
  select coalesce((
    select json_agg(row_to_json(item) order by comment.created_at desc, comment.id desc)
    from comments as comment
    join users as author on author.id = comment.author_id
    cross join lateral (
      select
        comment.id,
        iso8601(comment.created_at) as "createdAt",
        iso8601(comment.updated_at) as "updatedAt",
        comment.body,
        ${AUTHOR_JSON} as author
    ) as item
    where comment.article_id = article.id
  ), '[]') as comments
) as reply
where article.slug = $1::text`,
};
