-- Each of the $2 users from $1 on follows the next five.
insert into follows (follower_id, followee_id)
select $1::bigint + n, $1::bigint + (n + step) % $2::bigint
from generate_series(0, $2::bigint - 1) as n, generate_series(1, least(5, $2::bigint - 1)) as step
on conflict do nothing;
