import { test } from 'tap';
import { loadConfig } from '../../../src/config/config.ts';
import { siblingsOf } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { get, until } from '../../support/http.ts';
import { withRoles } from '../../support/roles.ts';
import { sharedServers, sql } from '../../support/shared-servers.ts';
import { startSteadfast } from '../../support/steadfast.ts';
import { addUser, usersOf } from '../../support/users.ts';

test('an owner who is no superuser backs up, proves, restores under a running server, and undoes', async (t) => {
  const { environment, ownerUrl } = await withRoles(t);
  const { database } = loadConfig(environment);
  const before = await usersOf(ownerUrl);
  const run = (...args: string[]) => runCommand(t, args, { environment });
  const { origin } = await startSteadfast(t, environment);

  t.match(await run('backup'), { code: 0 });
  t.match(await run('backup:verify'), { code: 0, stdout: /^Good: .*; pg_amcheck could not be had here/m });
  await addUser(ownerUrl, 'newcomer');
  const restored = await run('restore', 'latest', '--yes');
  t.equal(restored.code, 0, restored.output);
  t.same(await usersOf(ownerUrl), before);
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
