import { test } from 'tap';
import { backupStage, siblingsOf, taken } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { startCommand } from '../../support/running-command.ts';
import { addUser, usersOf } from '../../support/users.ts';

for (const step of [
  'Backing up the present',
  'Restoring into',
  'Comparing every table',
  'Inspecting',
  'Swapping',
]) {
  test(`killed at "${step}", the old or the new database is served, and it can be run again`, async (t) => {
    const stage = await backupStage(t);
    const before = await usersOf(stage.url);
    const { name } = await taken(stage);
    await addUser(stage.url, 'newcomer');
    const killed = startCommand(t, ['restore', name, '--yes'], stage.environment);
    await killed.says(new RegExp(step));
    killed.process.kill('SIGKILL');
    await killed.ended;
    const served = await usersOf(stage.url);
    t.ok(served.length === before.length || served.includes('newcomer'), 'never neither');

    t.match(await runCommand(t, ['restore', name, '--yes'], { environment: stage.environment }), { code: 0 });
    t.same(await usersOf(stage.url), before);
    t.same(
      await siblingsOf(stage, '_restore_2'),
      await siblingsOf(stage, '_before_restore_'),
      'no half restore is left',
    );
  });
}

test('two restores at once: one works, the other says so', async (t) => {
  const stage = await backupStage(t);
  const { name } = await taken(stage);
  const one = startCommand(t, ['restore', name, '--yes'], stage.environment);
  await one.says(/Backing up/);
  t.match(await runCommand(t, ['restore', name, '--yes'], { environment: stage.environment }), {
    code: 1,
    stderr: /Another restore .* is under way/,
  });
  t.equal(await one.ended, 0);
});
