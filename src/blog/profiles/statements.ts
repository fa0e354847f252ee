import type { Statement } from '../../database/statement.ts';
import { AUTHOR_JSON } from '../sql-parts.ts';

/** $1 username */
export const profileByUsername: Statement = {
  name: 'profiles.by_username',
  text: `
select row_to_json(reply)::text
from users as author
cross join lateral (select ${AUTHOR_JSON} as profile) as reply
where lower(author.username) = lower($1::text)`,
};
