-- How many rows each table had when it was last seen with any, kept by the schema guard, so that a table that is
-- suddenly empty is noticed across restarts. A row with 0 says that somebody has looked and it is meant to be empty.
create table table_row_counts (
  table_name text not null,
  row_count  bigint not null,
  counted_at timestamptz(3) not null default now(),
  constraint table_row_counts_pkey primary key (table_name),
  constraint table_row_counts_positive check (row_count >= 0)
);
