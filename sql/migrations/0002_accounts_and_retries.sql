-- Tokens issued before a password change end with it: they carry the version they were issued under.
alter table users add column token_version integer not null default 0;

-- What a POST with an Idempotency-Key was answered, kept so that repeating it does nothing again. The row is written in
-- the transaction of the write itself: both are there, or neither.
create table idempotency_keys (
  user_id        bigint not null,
  key            text not null,
  request_digest text not null,
  answer         text not null,
  created_at     timestamptz(3) not null default now(),
  constraint idempotency_keys_pkey primary key (user_id, key),
  constraint idempotency_keys_user_fkey foreign key (user_id) references users (id) on delete cascade,
  constraint idempotency_keys_key_length check (char_length(key) between 1 and 255)
);

create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
