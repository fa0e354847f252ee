-- Users $1 to $2. Nobody can log in as one of them: their password hash matches no password.
insert into users (id, username, email, password_hash, bio)
select n, 'reader-' || n, 'reader-' || n || '@example.com', '!', 'Reader number ' || n || ', made for measuring.'
from generate_series($1::bigint, $2::bigint) as n;
