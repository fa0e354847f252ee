import type { Statement } from '../../database/statement.ts';
import { AUTHOR_JSON, sharedBodyOf } from '../sql-parts.ts';

/** $1 username */
export const profileByUsername: Statement = {
  name: 'profiles.by_username',
  text: `
select ${sharedBodyOf('reply', { people: 'author.id' })}
from users as author
cross join lateral (select ${AUTHOR_JSON} as profile) as reply
where lower(author.username) = lower($1::text)`,
};

/** No row where there is no such person. $1 username, $2 viewer */
export const follow: Statement = {
  name: 'profiles.follow',
  text: `
with followed as (
  insert into follows (follower_id, followee_id)
  select $2::bigint, id from users where lower(username) = lower($1::text)
  on conflict do nothing
)
${profileByUsername.text}`,
};

/** No row where there is no such person. $1 username, $2 viewer */
export const unfollow: Statement = {
  name: 'profiles.unfollow',
  text: `
with unfollowed as (
  delete from follows
  using users
  where lower(users.username) = lower($1::text)
    and follows.follower_id = $2::bigint
    and follows.followee_id = users.id
)
${profileByUsername.text}`,
};
