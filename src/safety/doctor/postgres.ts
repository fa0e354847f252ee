import type { Client } from 'pg';
import type { Config } from '../../config/config.ts';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { findDisk } from '../backups/disk.ts';
import { roomFor } from '../backups/room.ts';
import { findTools } from '../backups/tools.ts';
import { megabytes } from '../backups/units.ts';
import { withConnection } from '../connection.ts';
import { messageOf } from '../error-message.ts';
import { findInvalidIndexes } from '../migrations/invalid-indexes.ts';
import { findExcessPrivileges, findMissingPrivileges } from '../privileges.ts';
import { compareClocks } from './clocks.ts';
import { type Finding, fail, pass, warn } from './finding.ts';

const PARAMETERS = { statement_timeout: '5s', lock_timeout: '1s', search_path: 'public' };
const QUERY_TIMEOUT_MS = 8000;

const OLDEST = 14;
/** What the parser of migrations knows (libpg-query). */
const NEWEST = 18;

/** Looks at a PostgreSQL that is known to answer, by the server's role and by the owner's. */
export async function examinePostgres(config: Pick<Config, 'database'>): Promise<Finding[]> {
  const { database } = config;
  const asServer = await withConnection(
    database,
    (client) => examineAsServer(client),
    PARAMETERS,
    QUERY_TIMEOUT_MS,
  );
  const asOwner = await withConnection(
    ownerAddress(database),
    (client) => examineAsOwner(client, config),
    PARAMETERS,
    QUERY_TIMEOUT_MS,
  ).catch((error: unknown) => [
    fail(
      'owner',
      `The owner ${ownerAddress(database).user} cannot be used: ${messageOf(error)}. Migrations, backups and ` +
        'restores need it: correct DB_OWNER_USER and DB_OWNER_PASSWORD, or run sql/roles.sql.',
    ),
  ]);
  return [...asServer, ...asOwner];
}

async function examineAsServer(client: Client): Promise<Finding[]> {
  return [
    await examineVersion(client),
    await compareClocks('PostgreSQL', async () => {
      const { rows } = await client.query<{ now: string }>(
        'select extract(epoch from clock_timestamp()) * 1000 as now',
      );
      return Number(rows[0]?.now);
    }),
    await examineServerRole(client),
    await examineDurability(client),
  ];
}

async function examineVersion(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ version: string; number: string }>(
    "select current_setting('server_version') as version, current_setting('server_version_num') as number",
  );
  const version = rows[0]?.version ?? '';
  const major = Math.floor(Number(rows[0]?.number) / 10_000);
  if (major < OLDEST) return fail('version', `PostgreSQL ${version} is too old. Use ${OLDEST} or newer.`);
  if (major > NEWEST) {
    return warn(
      'version',
      `PostgreSQL ${version} is newer than Steadfast knows; what is new in its SQL is refused in migrations. ` +
        'Look for a newer Steadfast.',
    );
  }
  return pass('version', `PostgreSQL ${version}.`);
}

async function examineServerRole(client: Client): Promise<Finding> {
  const role = client.user ?? '';
  const lacking = await findMissingPrivileges(client);
  if (lacking.length > 0) {
    return fail(
      'privileges',
      `The role ${role} lacks ${lacking.slice(0, 5).join(', ')}. Run sql/roles.sql as a superuser.`,
    );
  }
  const excess = await findExcessPrivileges(client);
  if (excess.length === 0) return pass('privileges', `The role ${role} reads and writes rows and nothing else.`);
  return warn(
    'privileges',
    `The role ${role} may do more than the server needs: it ${excess.join(', ')}. Give the server a role of its own ` +
      'by sql/roles.sql, and name the owner in DB_OWNER_USER.',
  );
}

/** What a crash or a bad disk would cost. Everybody may read these settings. */
async function examineDurability(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ name: string }>(
    `select name from pg_settings
     where name in ('fsync', 'full_page_writes', 'data_checksums') and setting = 'off'
     order by name`,
  );
  const off = rows.map(({ name }) => name);
  const unsafe = off.filter((name) => name !== 'data_checksums');
  if (unsafe.length > 0) {
    return warn(
      'durability',
      `${unsafe.join(', ')} off: a power cut destroys the database. Turn them on in postgresql.conf.`,
    );
  }
  if (off.length > 0) {
    return warn(
      'durability',
      'The cluster has no data checksums, so what a bad disk changes is found late. Turn them on while it is ' +
        'stopped: pg_checksums --enable',
    );
  }
  return pass('durability', 'Writes are flushed to the disk, and pages have checksums.');
}

async function examineAsOwner(client: Client, config: Pick<Config, 'database'>): Promise<Finding[]> {
  return [
    await examineOwnerRole(client),
    await examineExtensions(client),
    await examineIndexes(client),
    await examineSpace(client, ownerAddress(config.database)),
    await examineTools(client, config),
  ];
}

async function examineOwnerRole(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ problem: string | null }>(
    `select case
       when not rolsuper and not rolcreatedb then 'may not create databases: alter role ' || quote_ident(rolname) || ' createdb'
       when not rolsuper and not has_schema_privilege('public', 'create') then 'may not create tables: run sql/roles.sql'
       when exists (
         select from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not pg_has_role(relowner, 'usage')
       ) then 'does not own every table: run sql/roles.sql'
     end as problem
     from pg_roles
     where rolname = current_user`,
  );
  const problem = rows[0]?.problem;
  return typeof problem === 'string'
    ? fail('owner', `The role ${client.user}, for migrations, backups and restores, ${problem} (as a superuser).`)
    : pass('owner', `The role ${client.user} can migrate, back up and restore.`);
}

/** A backup has its database's extensions, and whoever restores or proves it has to be allowed to create them. */
async function examineExtensions(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ name: string }>(
    `select name
     from pg_available_extension_versions
     where installed and superuser and not trusted
       and not (select rolsuper from pg_roles where rolname = current_user)
     order by name`,
  );
  const names = rows.map(({ name }) => name).join(', ');
  if (names === '') return pass('extensions', 'None stands in the way of restoring a backup.');
  return warn(
    'extensions',
    `Only a superuser can create ${names}, so only a superuser can restore or prove a backup of this database. Where ` +
      'no table needs it: drop extension, as a superuser.',
  );
}

async function examineIndexes(client: Client): Promise<Finding> {
  const invalid = await findInvalidIndexes(client);
  if (invalid.length === 0) return pass('indexes', 'Every index is valid.');
  return fail(
    'indexes',
    `Invalid: ${invalid.join(', ')}. A create index concurrently failed, or runs now. If none runs: npm run migrate, ` +
      'or drop index concurrently and create it again.',
  );
}

async function examineSpace(client: Client, address: DatabaseAddress): Promise<Finding> {
  const { rows } = await client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  const bytes = Number(rows[0]?.bytes);
  const size = `The database has ${megabytes(bytes)}`;
  const disk = await findDisk(address);
  if (disk === undefined) return pass('disk', `${size}. How much room its disk has cannot be seen from here.`);
  const free = await disk.freeBytes();
  const message = `${size}, and its disk has ${megabytes(free)} left`;
  return free < roomFor(bytes, disk)
    ? warn('disk', `${message}: too little to restore a backup beside it. Make room.`)
    : pass('disk', `${message}.`);
}

async function examineTools(client: Client, { database }: Pick<Config, 'database'>): Promise<Finding> {
  const { rows } = await client.query<{ number: string }>("select current_setting('server_version_num') as number");
  try {
    const { description } = await findTools(ownerAddress(database), Math.floor(Number(rows[0]?.number) / 10_000));
    return pass('tools', `${description}.`);
  } catch (error) {
    return fail('tools', messageOf(error));
  }
}
