import { type Client, escapeIdentifier } from 'pg';
import type { Config } from '../../config/config.ts';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { maintenanceAddress } from '../backups/maintenance.ts';
import { findTools } from '../backups/tools.ts';
import { withConnection } from '../connection.ts';
import { messageOf } from '../error-message.ts';
import { type Finding, fail, pass } from './finding.ts';

const PARAMETERS = { statement_timeout: '5s' };
const QUERY_TIMEOUT_MS = 8000;

/** Looks whether backups could be tried on the server of BACKUP_PROOF_URL; no finding where none is named. */
export async function examineProofServer({
  database,
  backups: { proofServer: server },
}: Pick<Config, 'database' | 'backups'>): Promise<Finding[]> {
  if (server === undefined) return [];
  const where = `${server.host}:${server.port}`;
  try {
    // Where the served one does not answer, that is another finding.
    const served = await ask(ownerAddress(database), majorVersion).catch(() => 0);
    const major = await ask(maintenanceAddress(server), majorVersion);
    if (major < served) {
      throw new Error(
        `it is PostgreSQL ${major}, and the served one is ${served}. Name one of that version or newer.`,
      );
    }
    const problem = await ask(maintenanceAddress(server), (client) => findObstacle(client, database));
    if (problem !== undefined) throw new Error(problem);
    await findTools(server, major);
    return [pass('proof server', `Backups can be tried on ${where}.`)];
  } catch (error) {
    return [fail('proof server', `Backups cannot be tried on ${where}: ${messageOf(error)} See BACKUP_PROOF_URL.`)];
  }
}

function ask<Answer>(server: DatabaseAddress, work: (client: Client) => Promise<Answer>): Promise<Answer> {
  return withConnection(server, work, PARAMETERS, QUERY_TIMEOUT_MS);
}

async function majorVersion(client: Client): Promise<number> {
  const { rows } = await client.query<{ major: number }>(
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  return rows[0]?.major ?? 0;
}

/** What the role lacks there to restore what was granted to the roles of the database; undefined where it lacks nothing. */
async function findObstacle(client: Client, database: Config['database']): Promise<string | undefined> {
  const { user: owner } = ownerAddress(database);
  // Where one role does everything, nothing is granted to any.
  const roles = owner === database.user ? [] : [owner, database.user];
  const { rows } = await client.query<{ mayCreate: boolean; missing: string[]; actsAsOwner: boolean | null }>(
    `select rolsuper or rolcreatedb as "mayCreate",
       array(
         select name from unnest($1::text[]) as name where not exists (select from pg_roles where rolname = name)
       ) as missing,
       (select pg_has_role(owner.oid, 'usage') from pg_roles as owner where rolname = $1[1]) as "actsAsOwner"
     from pg_roles
     where rolname = current_user`,
    [roles],
  );
  const [{ mayCreate, missing, actsAsOwner } = { mayCreate: false, missing: roles, actsAsOwner: null }] = rows;
  const role = client.user ?? '';
  const remedy = 'As a superuser there:';
  if (!mayCreate) {
    return `${role} may not create databases. ${remedy} alter role ${escapeIdentifier(role)} createdb.`;
  }
  if (missing.length > 0) {
    const create = missing.map((name) => `create role ${escapeIdentifier(name)}`).join('; ');
    return `a backup has grants to roles that are not there. ${remedy} ${create}; they need no login.`;
  }
  if (actsAsOwner === false) {
    const grant = `grant ${escapeIdentifier(owner)} to ${escapeIdentifier(role)}`;
    return `${role} may not set what ${owner} grants by default. ${remedy} ${grant}.`;
  }
  return undefined;
}
