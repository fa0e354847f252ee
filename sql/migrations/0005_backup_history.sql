-- What the folder of backups holds, told to the database, so that a server on another machine can say how old the last
-- backup is and whether it was proven. The folder is the truth; these rows follow it.
create table backup_history (
  name        text not null,
  reason      text not null,
  taken_at    timestamptz not null,
  duration_ms bigint,
  bytes       bigint,
  verified_at timestamptz,
  problem     text,
  constraint backup_history_pkey primary key (name),
  constraint backup_history_taken_or_failed check (bytes is not null or problem is not null)
);

create index backup_history_taken_at_idx on backup_history (taken_at);

-- One row: since when backups may be expected, and when npm run schedule was last at work.
create table backup_schedule (
  only_row       boolean not null default true,
  expected_since timestamptz not null default now(),
  last_seen_at   timestamptz,
  next_at        timestamptz,
  constraint backup_schedule_pkey primary key (only_row),
  constraint backup_schedule_only_row check (only_row)
);

insert into backup_schedule default values;
