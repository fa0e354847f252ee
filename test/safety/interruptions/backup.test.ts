import tap, { test } from 'tap';
import { checkDump, usableBackups } from '../../../src/safety/backups/store.ts';
import { takeBackup } from '../../../src/safety/backups/take.ts';
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

/** Of the whole file: a machine with much to do takes its time. */
tap.setTimeout(600_000);

/** Each run is the next one of the one before: it has to get past where that was struck. */
const BACKUP: readonly Row[] = [
  ['Dumping', 'kill -9 of PostgreSQL'],
  ['Dumping', 'disk of the backups full'],
  ['Dumping', 'disk of PostgreSQL full'],
  ['Publishing', 'kill -9 of the command'],
  ['Publishing', 'kill -9 of PostgreSQL'],
  ['Publishing', 'disk of the backups full'],
];

const VERIFY: readonly Row[] = [
  ['Restoring into', 'kill -9 of PostgreSQL'],
  ['Restoring into', 'all connections cut'],
  ['Restoring into', 'disk of PostgreSQL full'],
  ['Comparing every table', 'kill -9 of the command'],
  ['Comparing every table', 'kill -9 of PostgreSQL'],
  ['Comparing every table', 'all connections cut'],
  ['Checking every table', 'kill -9 of PostgreSQL'],
  ['Checking every table', 'all connections cut'],
  ['Checking every table', 'disk of the backups full'],
];

test('whatever comes between a backup or its proof', async (t) => {
  const stage = await interruptionStage(t);
  const { environment, backups, name, config } = stage;
  const before = await rowsOf(stage);
  let inVain = 0;
  await takeBackup(config, { reason: 'manual', progress: () => {} });

  for (const [command, rows] of [
    ['backup', BACKUP],
    ['backup:verify', VERIFY],
  ] as const) {
    for (const row of rows) {
      const [step, interruption] = row;
      if (!canHappen(interruption, stage)) continue;
      await t.test(`${command}, at "${step}": ${interruption}`, async (t) => {
        const struck = await interrupt(t, stage, [command], row);
        if (struck.inVain) inVain += 1;
        t.equal(await rowsOf(stage), before, 'no row is missing');
        await backupsAreGood(t, stage);
      });
    }
    t.match(await runCommand(t, [command], { environment }), { code: 0 }, `then ${command} succeeds`);
    await nothingIsLeft(t, stage);
  }
  t.ok(inVain > (BACKUP.length + VERIFY.length) / 4, `not all came too late: ${inVain}`);
  for (const backup of await usableBackups(backups, name)) await checkDump(backup);
});
