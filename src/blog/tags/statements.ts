import type { Statement } from '../../database/statement.ts';

/** The tags in use, the most used first. */
export const listTags: Statement = {
  name: 'tags.list',
  text: `
select row_to_json(reply)::text
from (
  select coalesce(json_agg(name order by article_count desc, name), '[]') as tags
  from tags
  where article_count > 0
) as reply`,
};
