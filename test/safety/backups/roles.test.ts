import { test } from 'tap';
import { loadConfig } from '../../../src/config/config.ts';
import { newestBackup } from '../../../src/safety/backups/store.ts';
import { withScratchDatabase } from '../../../src/safety/backups/temporary-database.ts';
import { withConnection } from '../../../src/safety/connection.ts';
import { findExcessPrivileges } from '../../../src/safety/privileges.ts';
import { siblingsOf } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { get, until } from '../../support/http.ts';
import { addressOf } from '../../support/migrations.ts';
import { withRoles } from '../../support/roles.ts';
import { sharedServers, sql, withDatabase } from '../../support/shared-servers.ts';
import { startSteadfast } from '../../support/steadfast.ts';
import { addUser, usersOf } from '../../support/users.ts';

test('an owner who is no superuser backs up, proves, restores under a running server, and undoes', async (t) => {
  const { environment, ownerUrl, names } = await withRoles(t);
  const { database } = loadConfig(environment);
  const before = await usersOf(ownerUrl);
  // As older backups have it.
  await sql(ownerUrl, `grant insert, update, delete on schema_migrations to ${names.server}`);
  const run = (...args: string[]) => runCommand(t, args, { environment });
  const { origin } = await startSteadfast(t, environment);

  t.match(await run('backup'), { code: 0 });
  t.match(await run('backup:verify'), { code: 0, stdout: /^Good: .*; pg_amcheck could not be had here/m });
  await addUser(ownerUrl, 'newcomer');
  const restored = await run('restore', 'latest', '--yes');
  t.equal(restored.code, 0, restored.output);
  t.same(await usersOf(ownerUrl), before);
  t.same(
    await withConnection(database, findExcessPrivileges),
    [],
    'the server cannot write the list of migrations',
  );
  const usesIt = async () => {
    const { status, schema, last_backup } = (await get(origin, '/health/database')).json;
    return status === 'healthy' && schema.valid && last_backup?.reason === 'pre-restore';
  };
  await until('the server uses it, and is well', usesIt, 60_000);
  const undone = await run('restore', 'undo', '--yes');
  t.equal(undone.code, 0, undone.output);
  t.same(await usersOf(ownerUrl), [...before, 'newcomer']);

  for (const name of await siblingsOf({ url: sharedServers().postgresUrl, name: database.name })) {
    await sql(sharedServers().postgresUrl, `drop database "${name}" with (force)`);
  }
});

test('a proof server needs the roles that backups grant to, and the doctor says which it lacks', async (t) => {
  const { environment, names } = await withRoles(t);
  const { postgresUrl } = sharedServers();
  const prover = `prover_${names.server}`;
  await sql(postgresUrl, `create role ${prover} login password 'proving-42'`);
  t.teardown(() => sql(postgresUrl, `drop role ${prover}`));
  const url = new URL(postgresUrl);
  url.username = prover;
  url.password = 'proving-42';
  const run = (command: string, changes: Record<string, string> = {}) =>
    runCommand(t, [command], { environment: { ...environment, BACKUP_PROOF_URL: url.href, ...changes } });
  t.match((await run('doctor')).output, /^FAIL proof server: .*As a superuser there: alter role .* createdb/m);
  await sql(postgresUrl, `alter role ${prover} createdb`);
  t.match((await run('doctor')).output, new RegExp(`^FAIL proof server: .*grant "${names.owner}" to`, 'm'));
  const lacking = await run('doctor', { DB_OWNER_USER: 'nobody_here' });
  t.match(lacking.output, /^FAIL proof server: .*create role "nobody_here"; they/m);

  t.match(await run('backup'), { code: 0 });
  const refused = await run('backup:verify');
  t.match(refused, { code: 1, stderr: /says nothing about the backup/ });
  await sql(postgresUrl, `grant ${names.owner} to ${prover}`);
  t.match((await run('doctor')).output, /^ok {3}proof server: /m);
  t.match(await run('backup:verify'), { code: 0, stdout: /^Good/m });
});

test('a setting that only a superuser may make does not stand in the way of a restore', async (t) => {
  const { environment, ownerUrl, names } = await withRoles(t);
  const { database } = loadConfig(environment);
  const { postgresUrl } = sharedServers();
  await sql(
    postgresUrl,
    `alter database ${database.name} set log_min_duration_statement = '3s';
     alter database ${database.name} set work_mem = '12MB';
     alter role ${names.server} in database ${database.name} set statement_timeout = '7s'`,
  );
  const before = await usersOf(ownerUrl);
  t.match(await runCommand(t, ['backup'], { environment }), { code: 0 });
  const restored = await runCommand(t, ['restore', 'latest', '--yes'], { environment });
  t.equal(restored.code, 0, restored.output);
  t.match(restored.stdout, /log_min_duration_statement=3s is not taken over.* as a superuser: alter database/);
  t.match(restored.stdout, new RegExp(`statement_timeout=7s is not taken .*: alter role "${names.server}" in`));
  t.same(await sql(ownerUrl, 'show work_mem'), [{ work_mem: '12MB' }], 'what it may set is taken over');
  t.same(await usersOf(ownerUrl), before);
  for (const name of await siblingsOf({ url: postgresUrl, name: database.name })) {
    await sql(postgresUrl, `drop database "${name}" with (force)`);
  }
});

test('what only a superuser may create, and a locale that is not there, are named with what to do', async (t) => {
  const { environment, ownerUrl } = await withRoles(t);
  const { database, backups } = loadConfig(environment);
  const { postgresUrl } = sharedServers();
  const inDatabase = withDatabase(postgresUrl, database.name);
  const run = (...args: string[]) => runCommand(t, args, { environment });
  t.match((await run('doctor')).output, /^ok {3}extensions: /m);
  t.match((await run('doctor', '--data')).output, /^WARN indexes: .*DB_OWNER_USER set to a superuser/m);

  await sql(inDatabase, 'create extension amcheck');
  t.match((await run('doctor')).output, /^WARN extensions: Only a superuser can create amcheck.*drop extension/m);
  t.match(await run('backup'), { code: 0 });
  const proof = await run('backup:verify');
  t.equal(proof.code, 1);
  t.match(proof.output, /Only a superuser can create amcheck/);
  await sql(inDatabase, 'drop extension amcheck');

  const backup = await newestBackup(backups.folder, database.name);
  if (backup === undefined) throw new Error('a backup was taken');
  const { manifest } = backup;
  const locale = {
    ...manifest.database.locale,
    provider: 'libc',
    collate: 'xx_XX.UTF-8',
    ctype: 'xx_XX.UTF-8',
  } as const;
  const elsewhere = { ...manifest, database: { ...manifest.database, locale } };
  const begun = withScratchDatabase(
    addressOf(ownerUrl),
    { manifest: elsewhere, progress: () => {} },
    async () => 'begun',
  );
  await t.rejects(begun, /locale xx_XX\.UTF-8.*locale-gen/);
});
