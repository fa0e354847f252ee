import type { DatabaseAddress } from '../../config/database-address.ts';
import { maintenanceAddress } from '../backups/maintenance.ts';
import { findTools } from '../backups/tools.ts';
import { withConnection } from '../connection.ts';
import { messageOf } from '../error-message.ts';
import { type Finding, fail, pass } from './finding.ts';

const PARAMETERS = { statement_timeout: '5s' };
const QUERY_TIMEOUT_MS = 8000;

/** Looks whether backups could be tried on the server of BACKUP_PROOF_URL; no finding where none is named. */
export async function examineProofServer(server: DatabaseAddress | undefined): Promise<Finding[]> {
  if (server === undefined) return [];
  const where = `${server.host}:${server.port}`;
  try {
    const { major, mayCreate } = await withConnection(
      maintenanceAddress(server),
      async (client) => {
        const { rows } = await client.query<{ major: number; mayCreate: boolean }>(
          `select current_setting('server_version_num')::int / 10000 as major,
             rolsuper or rolcreatedb as "mayCreate"
           from pg_roles
           where rolname = current_user`,
        );
        return rows[0] ?? { major: 0, mayCreate: false };
      },
      PARAMETERS,
      QUERY_TIMEOUT_MS,
    );
    if (!mayCreate) {
      const remedy = `As a superuser there: alter role ${server.user} createdb`;
      return [fail('proof server', `${server.user} may not create databases on ${where}. ${remedy}`)];
    }
    await findTools(server, major);
    return [pass('proof server', `Backups can be tried on ${where}.`)];
  } catch (error) {
    return [fail('proof server', `Backups cannot be tried on ${where}: ${messageOf(error)} See BACKUP_PROOF_URL.`)];
  }
}
