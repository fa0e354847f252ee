import type { Statement } from '../../database/statement.ts';

/** An account as the routes need it; `id` as text, because a bigint does not fit a JavaScript number. */
const ACCOUNT = `row_to_json((
  select account
  from (select id::text, token_version as version, username, email, bio, image) as account
))::text`;

/** $1 username, $2 email, $3 password hash */
export const registerUser: Statement = {
  name: 'users.register',
  text: `
insert into users (username, email, password_hash)
values ($1::text, $2::text, $3::text)
returning ${ACCOUNT}`,
};

/** With the password hash, for a login. $1 email */
export const accountByEmail: Statement = {
  name: 'users.by_email',
  reserved: true,
  text: `
select json_build_object('account', ${ACCOUNT}::json, 'passwordHash', password_hash)::text
from users
where lower(email) = lower($1::text)`,
};

/** $1 id */
export const accountById: Statement = {
  name: 'users.by_id',
  text: `select ${ACCOUNT} from users where id = $1::bigint`,
};

/**
 * What is null stays; a new password ends the tokens of before. $1 id, $2 username, $3 email, $4 password hash,
 * $5 whether to set the bio, $6 bio, $7 whether to set the image, $8 image, $9 the token version this is asked under
 */
export const updateUser: Statement = {
  name: 'users.update',
  text: `
update users
set
  username = coalesce($2::text, username),
  email = coalesce($3::text, email),
  password_hash = coalesce($4::text, password_hash),
  token_version = token_version + case when $4::text is null then 0 else 1 end,
  bio = case when $5::boolean then $6::text else bio end,
  image = case when $7::boolean then $8::text else image end,
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 millisecond')
where id = $1::bigint and token_version = $9::integer
returning ${ACCOUNT}`,
};

/** Replaces a hash made with outdated parameters, unless the password was changed meanwhile. $1 id, $2 old, $3 new */
export const rehashPassword: Statement = {
  name: 'users.rehash',
  text: `
update users
set password_hash = $3::text
where id = $1::bigint and password_hash = $2::text
returning id::text`,
};

/** The version that tokens of this account must have. $1 id */
export const tokenVersion: Statement = {
  name: 'users.token_version',
  reserved: true,
  text: 'select token_version::text from users where id = $1::bigint',
};
