import { test } from 'tap';
import { swapDatabases } from '../../../src/safety/backups/swap.ts';
import { backupStage, filesIn, taken } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { addressOf } from '../../support/migrations.ts';
import { startCommand } from '../../support/running-command.ts';
import { holdTable } from '../../support/table-locks.ts';
import { addUser, usersOf } from '../../support/users.ts';

test('after a killed restore the latest backup is still the one that was to be restored', async (t) => {
  const stage = await backupStage(t);
  const before = await usersOf(stage.url);
  await taken(stage);
  await addUser(stage.url, 'newcomer');
  const killed = startCommand(t, ['restore', 'latest', '--yes'], stage.environment);
  await killed.says(/Restoring into/);
  killed.process.kill('SIGKILL');
  await killed.ended;
  t.match(filesIn(stage.folder), [/_manual$/, /_pre-restore$/]);
  t.match(await runCommand(t, ['restore', 'latest', '--yes'], { environment: stage.environment }), { code: 0 });
  t.same(await usersOf(stage.url), before);
});

test('a swap with a database that is not there says so', async (t) => {
  const stage = await backupStage(t);
  const swap = { current: stage.name, incoming: `${stage.name}_gone`, kept: `${stage.name}_kept` };
  await t.rejects(swapDatabases(addressOf(stage.url), swap), /does not exist/);
  t.ok((await usersOf(stage.url)).length > 0, 'and the present one is served');
});

test('two restores at once: one works, the other says so', async (t) => {
  const stage = await backupStage(t);
  const { name } = await taken(stage);
  // The backup it takes first waits for the table, so that it is surely at work when the other comes.
  const letGo = await holdTable(t, stage.url, { table: 'comments' });
  const one = startCommand(t, ['restore', name, '--yes'], stage.environment);
  await one.says(/Dumping/);
  t.match(await runCommand(t, ['restore', name, '--yes'], { environment: stage.environment }), {
    code: 1,
    stderr: /Another restore .* is under way/,
  });
  await letGo();
  t.equal(await one.ended, 0);
});
