-- What each consistency check last found, so that the server shows it wherever the check ran.
create table consistency_findings (
  check_name text not null,
  violations bigint not null,
  example    text,
  checked_at timestamptz(3) not null default now(),
  constraint consistency_findings_pkey primary key (check_name),
  constraint consistency_findings_violations_positive check (violations >= 0)
);
