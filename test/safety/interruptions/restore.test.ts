import tap, { test } from 'tap';
import { newestBackup } from '../../../src/safety/backups/store.ts';
import { takeBackup } from '../../../src/safety/backups/take.ts';
import { siblingsOf } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import {
  backupsAreGood,
  canHappen,
  interrupt,
  interruptionStage,
  nothingIsLeft,
  type Row,
  rowsOf,
} from '../../support/interruptions.ts';
import { addUser } from '../../support/users.ts';

/** Of the whole file: a machine with much to do takes its time. */
tap.setTimeout(600_000);

/** Each run is the next one of the one before: it has to get past where that was struck. */
const RESTORE: readonly Row[] = [
  ['Dumping', 'kill -9 of the command'],
  ['Dumping', 'kill -9 of PostgreSQL'],
  ['Dumping', 'disk of the backups full'],
  ['Restoring into', 'kill -9 of the command'],
  ['Restoring into', 'kill -9 of PostgreSQL'],
  ['Restoring into', 'all connections cut'],
  ['Restoring into', 'disk of PostgreSQL full'],
  ['Comparing every table', 'kill -9 of the command'],
  ['Comparing every table', 'kill -9 of PostgreSQL'],
  ['Comparing every table', 'all connections cut'],
  ['Inspecting', 'kill -9 of the command'],
  ['Inspecting', 'kill -9 of PostgreSQL'],
  ['Inspecting', 'disk of PostgreSQL full'],
  ['Swapping', 'kill -9 of the command'],
  ['Swapping', 'kill -9 of PostgreSQL'],
  ['Swapping', 'all connections cut'],
];

const UNDO: readonly Row[] = [
  ['Swapping', 'kill -9 of the command'],
  ['Swapping', 'kill -9 of PostgreSQL'],
  ['Swapping', 'all connections cut'],
];

test('whatever comes between a restore or its undoing', async (t) => {
  const stage = await interruptionStage(t);
  const { environment, backups, name, config } = stage;
  await takeBackup(config, { reason: 'manual', progress: () => {} });
  const first = (await newestBackup(backups, name))?.name ?? '';
  const backedUp = await rowsOf(stage);
  const run = (...args: string[]) => runCommand(t, args, { environment });

  let unchanged = 0;
  for (const [index, row] of RESTORE.entries()) {
    const [step, interruption] = row;
    if (!canHappen(interruption, stage)) continue;
    await addUser(stage.url, `newcomer-${index}`);
    const present = await rowsOf(stage);
    await t.test(`restore, at "${step}": ${interruption}`, async (t) => {
      await interrupt(t, stage, ['restore', first, '--yes'], row);
      const served = await rowsOf(stage);
      t.ok(served === present || served === backedUp, 'the old rows or the new ones, all of them');
      if (served === present) unchanged += 1;
      await backupsAreGood(t, stage);
    });
  }

  t.ok(unchanged > RESTORE.length / 3, `not all came too late: ${unchanged}`);

  await t.test('then restoring succeeds, and leaves nothing but what it replaced', async (t) => {
    await addUser(stage.url, 'last');
    const present = await rowsOf(stage);
    t.match(await run('restore', first, '--yes'), { code: 0 });
    t.equal(await rowsOf(stage), backedUp);
    await nothingIsLeft(t, stage);
    t.match(await run('restore', 'undo', '--yes'), { code: 0 });
    t.equal(await rowsOf(stage), present, 'and can be undone');
  });

  const original = await rowsOf(stage);
  for (const row of UNDO) {
    const [undone = ''] = (await siblingsOf(stage, '_undone_')).toReversed();
    t.match(await run('restore', 'undo', undone, '--yes'), { code: 0 });
    t.equal(await rowsOf(stage), backedUp, 'the restored one is served');
    await t.test(`undo, at "${row[0]}": ${row[1]}`, async (t) => {
      await interrupt(t, stage, ['restore', 'undo', '--yes'], row);
      const served = await rowsOf(stage);
      t.ok(served === original || served === backedUp, 'the one or the other, all of it');
      t.match(await run('restore', 'undo', '--yes'), { code: 0 });
      t.equal(await rowsOf(stage), original, 'run again, it is undone, and not done again');
      await nothingIsLeft(t, stage);
    });
  }
});
