import { test } from 'tap';
import { findTools, startTool } from '../../../src/safety/backups/tools.ts';
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
