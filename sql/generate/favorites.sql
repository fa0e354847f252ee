-- Each of the $2 users from $1 on likes up to ten of the $4 articles from $3 on.
insert into favorites (user_id, article_id)
select distinct $1::bigint + n, $3::bigint + (n * 31 + step * 104729) % $4::bigint
from generate_series(0, $2::bigint - 1) as n, generate_series(1, 10) as step
where $4::bigint > 0
on conflict do nothing;
