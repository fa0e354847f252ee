import type { Config } from '../config/config.ts';
import { ownerAddress } from '../config/owner-address.ts';
import { presentTime } from '../safety/backups/clock.ts';
import { type Backup, type DamagedBackup, findBackup, isDamaged, listBackups } from '../safety/backups/store.ts';
import { seconds } from '../safety/backups/units.ts';
import { verifyBackup } from '../safety/backups/verify.ts';
import { messageOf } from '../safety/error-message.ts';
import { type Command, UsageError } from './command.ts';

const HELP = `npm run backup:verify
  Proves the newest backup: reads it wholly, restores it into a scratch database, compares every table with what was
  backed up, and lets pg_amcheck look at it. The scratch database is dropped again. Exit code 1 when anything is wrong.

npm run backup:verify -- NAME     another one: a name out of npm run backup -- --list, or a path
npm run backup:verify -- --all    every one`;

export const backupVerify: Command = {
  help: HELP,
  options: { all: { type: 'boolean' } },
  wordsAtMost: 1,
  async run(config, options, [meant]) {
    if (options.all === true && meant !== undefined) throw new UsageError('Name one backup, or --all.');
    const { backups, database } = config;
    const chosen =
      options.all === true
        ? await everyBackup(config)
        : [
            await findBackup(backups.folder, database.name, meant ?? 'latest', {
              now: await presentTime(ownerAddress(database)),
              progress: console.log,
            }),
          ];
    let bad = 0;
    for (const backup of chosen) if (!(await prove(config, backup))) bad += 1;
    if (chosen.length > 1) console.log(`${chosen.length - bad} of ${chosen.length} backups are good.`);
    return bad === 0 ? 0 : 1;
  },
};

async function everyBackup({ backups, database }: Config) {
  const found = await listBackups(backups.folder, database.name);
  if (found.length === 0) throw new Error(`There is no backup of ${database.name} in ${backups.folder}.`);
  return found;
}

async function prove(config: Config, backup: Backup | DamagedBackup): Promise<boolean> {
  if (isDamaged(backup)) {
    console.error(`NOT GOOD: ${backup.damage.message}`);
    return false;
  }
  const result = await verifyBackup(config, backup, console.log).catch((error: unknown) => messageOf(error));
  if (typeof result === 'string') {
    console.error(`COULD NOT BE VERIFIED: ${result}`);
    return false;
  }
  const { problem, amcheck, durationMs } = result;
  if (problem !== undefined) {
    console.error(`NOT GOOD: ${problem}`);
    return false;
  }
  const looked = amcheck === 'passed' ? 'pg_amcheck found nothing' : 'pg_amcheck could not be had here';
  console.log(
    `Good: ${backup.name} was restored, every row is as it was; ${looked}. It took ${seconds(durationMs)}.`,
  );
  return true;
}
