import { join } from 'node:path';
import type { Test } from 'tap';
import { startServers } from '../../src/throwaway/servers.ts';
import { until } from './http.ts';
import { FAST_POSTGRES } from './private-servers.ts';
import { sql } from './shared-servers.ts';

/** A PostgreSQL that offers TLS under the name localhost, with a certificate that is its own authority. */
export async function encryptedServer(test: Test): Promise<{ readonly url: string; readonly certificate: string }> {
  const servers = await startServers({ purpose: 'tls', postgresParameters: FAST_POSTGRES });
  test.teardown(() => servers.remove());
  const url = servers.postgres.url.replace('127.0.0.1', 'localhost');
  // In its data folder, as its user.
  const command =
    'openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.crt';
  await sql(url, `copy (select) to program '${command} 2>&1'`);
  await sql(url, 'alter system set ssl = on');
  await sql(url, 'select pg_reload_conf()');
  await until('TLS is on', async () => (await sql<{ ssl: string }>(url, 'show ssl'))[0]?.ssl === 'on');
  const [server] = await sql<{ folder: string }>(url, 'select current_setting($1) as folder', ['data_directory']);
  return { url, certificate: join(server?.folder ?? '', 'server.crt') };
}
