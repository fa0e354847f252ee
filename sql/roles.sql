-- The two roles of a database of Steadfast. Run by a superuser, in that database, as often as one likes:
--
--   psql -v ON_ERROR_STOP=1 -d steadfast -v owner=steadfast_owner -v server=steadfast -f sql/roles.sql
--
-- Passwords come from the environment, so that they are on no command line: DB_OWNER_PASSWORD, DB_PASSWORD. A role whose
-- variable is not set keeps the password it has.
--
-- The owner changes the schema: migrations, backups, restores. The server reads and writes rows and nothing else: it
-- cannot create, change, drop or truncate anything, so no mistake and no injection in it can.

\set ON_ERROR_STOP on
select :'owner' = :'server' as same
\gset
\if :same
do $$ begin raise exception 'the owner and the server have to be two roles'; end $$;
\endif
\set owner_password ''
\set server_password ''
\getenv owner_password DB_OWNER_PASSWORD
\getenv server_password DB_PASSWORD
set client_min_messages = warning;
-- Otherwise the statements below would be in the server's log, passwords and all.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

select format('create role %I login', name)
from unnest(array[:'owner', :'server']) as name
where not exists (select from pg_roles where rolname = name)
\gexec

select format('alter role %I password %L', name, password)
from (values (:'owner', :'owner_password'), (:'server', :'server_password')) as given (name, password)
where password <> ''
\gexec

-- The owner -------------------------------------------------------------------------------------------------------

-- Creates databases to try backups in, may see whom a migration waits for, and disconnects people when a restored
-- database is put in place.
select format('alter role %I createdb', :'owner') where :'owner' <> current_user
\gexec
grant pg_monitor, pg_signal_backend to :"owner";
-- Takes over what there is already.
select format('alter database %I owner to %I', current_database(), :'owner')
\gexec
alter schema public owner to :"owner";
select format('alter %s %s owner to %I', kind, name, :'owner')
from (
  select 1 as place, case relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind,
         pg_class.oid::regclass::text as name, relowner as owner, pg_class.oid, 'pg_class'::regclass as catalog
  from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
  union all
  select 2, 'sequence', pg_class.oid::regclass::text, relowner, pg_class.oid, 'pg_class'::regclass
  from pg_class
  where relnamespace = 'public'::regnamespace and relkind = 'S'
    and not exists (select from pg_depend where objid = pg_class.oid and deptype in ('a', 'i'))
  union all
  select 3, 'routine', pg_proc.oid::regprocedure::text, proowner, pg_proc.oid, 'pg_proc'::regclass
  from pg_proc
  where pronamespace = 'public'::regnamespace
) as thing
where owner <> (select oid from pg_roles where rolname = :'owner')
  and not exists (
    select from pg_depend where classid = catalog and objid = thing.oid and deptype = 'e'
  )
order by place
\gexec

-- The server ------------------------------------------------------------------------------------------------------

alter role :"server" nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
select format('revoke %I from %I', granted.rolname, member.rolname)
from pg_auth_members
join pg_roles as granted on granted.oid = roleid
join pg_roles as member on member.oid = pg_auth_members.member
where member.rolname = :'server'
\gexec
select format('revoke all on database %1$I from public', current_database())
union all
select format('revoke all on database %1$I from %2$I', current_database(), :'server')
union all
select format('grant connect on database %1$I to %2$I', current_database(), :'server')
\gexec
revoke create on schema public from public;
revoke all on schema public from :"server";
grant usage on schema public to :"server";
revoke all on all tables in schema public from :"server";
grant select, insert, update, delete on all tables in schema public to :"server";
-- What was migrated is the owner's to note. npm run migrate says the same when it has made these tables.
select format('revoke insert, update, delete on %s from %I', name, :'server')
from unnest(array['public.schema_migrations', 'public.schema_migration_checksums']) as name
where to_regclass(name) is not null
\gexec
revoke all on all sequences in schema public from :"server";
grant usage, select on all sequences in schema public to :"server";
-- The same for what migrations and restores will create.
alter default privileges for role :"owner" in schema public
grant select, insert, update, delete on tables to :"server";
alter default privileges for role :"owner" in schema public
grant usage, select on sequences to :"server";

-- What the server asks for itself when it connects, for whoever else uses its role, and where a pooler is in between, which
-- cannot carry it (docs/decisions/0012-pgbouncer.md).
alter role :"server" set statement_timeout = '2s';
alter role :"server" set lock_timeout = '1s';
alter role :"server" set idle_in_transaction_session_timeout = '5s';
alter role :"server" set plan_cache_mode = 'force_generic_plan';
alter role :"server" set jit = 'off';
