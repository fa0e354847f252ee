-- A body that is kept as it was written is the same text in every version of PostgreSQL, so that the schema guard can tell
-- whether it is this one. What the function answers stays the same.
create or replace function iso8601(moment timestamptz) returns text
language sql stable parallel safe as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
