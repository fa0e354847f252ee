import { test } from 'tap';
import { findTools, startTool } from '../../../src/safety/backups/tools.ts';
import { runCommand } from '../../support/command-line.ts';
import { encryptedServer } from '../../support/encrypted-server.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { addressOf } from '../../support/migrations.ts';
import { sharedServers, sql } from '../../support/shared-servers.ts';

test('tools of the version of the server are found', async (t) => {
  const { postgresUrl } = sharedServers();
  const [server] = await sql<{ version: number }>(
    postgresUrl,
    "select current_setting('server_version_num')::int / 10000 as version",
  );
  const tools = await findTools(addressOf(postgresUrl), server?.version ?? 0);
  t.match(tools.description, new RegExp(`^pg_dump \\(PostgreSQL\\) ${server?.version}\\.`));
});

test('where there are none, what is missing is named, and what there is instead', async (t) => {
  const address = addressOf(sharedServers().postgresUrl);
  await t.rejects(
    findTools(address, 99),
    /no pg_dump and pg_restore of that version \(there is pg_dump .* in .*\)/,
  );
  await t.rejects(findTools(address, 99), /apt-get install postgresql-client-99/);
  await t.rejects(findTools({ ...address, host: 'database.example' }, 99), /postgresql-client-99/);
});

test('what a tool complains about is told, without the password', async (t) => {
  const { postgresUrl } = sharedServers();
  const address = addressOf(postgresUrl);
  const [server] = await sql<{ version: number }>(
    postgresUrl,
    "select current_setting('server_version_num')::int / 10000 as version",
  );
  const tools = await findTools(address, server?.version ?? 0);
  const wrong = { ...address, password: 'not-the-password-42' };
  const { signal } = new AbortController();
  const dump = await startTool(tools, 'pg_dump', ['--schema-only'], wrong, { signal });
  dump.stdout.resume();
  const refusal = await dump.ended.catch((error: Error) => error.message);
  t.match(refusal, /^pg_dump failed \(exit code 1\): .*password authentication failed/);
  t.notMatch(refusal, /not-the-password-42/);
});

test('where certificates are checked, the tools trust whom the server trusts', async (t) => {
  const { url, certificate } = await encryptedServer(t);
  const encrypted = { DATABASE_URL: `${url}?sslmode=verify-full`, BACKUP_DIR: temporaryFolder(t) };
  for (const trust of [{ NODE_EXTRA_CA_CERTS: certificate }, { DB_TLS_CA_FILE: certificate }]) {
    const environment = { ...encrypted, ...trust };
    t.match(await runCommand(t, ['migrate'], { environment }), { code: 0 }, Object.keys(trust).join());
    t.match(await runCommand(t, ['backup'], { environment }), { code: 0, stdout: /^Took /m });
    t.match(await runCommand(t, ['backup:verify'], { environment }), { code: 0 });
  }
  const stranger = await runCommand(t, ['backup'], { environment: encrypted });
  t.match(stranger, { code: 1, stderr: /self-signed certificate/ }, 'and nobody else');
});
