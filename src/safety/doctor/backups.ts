import { access, constants, statfs } from 'node:fs/promises';
import type { Config } from '../../config/config.ts';
import { explainAhead } from '../backups/clock.ts';
import { type Backup, isBackupAhead, isDamaged, listBackups } from '../backups/store.ts';
import { age, DAY_MS, megabytes } from '../backups/units.ts';
import { proofOf, readVerification } from '../backups/verification.ts';
import { type Finding, fail, pass, warn } from './finding.ts';

/** Later than that the daily one was missed. */
const TOO_OLD_MS = 1.1 * DAY_MS;

/** Looks at the folder of backups as it is seen from here. */
export async function examineBackups({
  backups,
  database,
}: Pick<Config, 'backups' | 'database'>): Promise<Finding[]> {
  const { folder } = backups;
  const found = await listBackups(folder, database.name).catch((error: Error) => error);
  if (found instanceof Error) return [fail('backups', found.message)];
  const damaged = found.filter(isDamaged).map(({ damage }) => fail('backups', damage.message));
  const now = new Date();
  const ahead = found.filter((backup) => isBackupAhead(database.name, backup, now));
  const apart = [
    ...damaged,
    ...(ahead.length > 0 ? [warn('backups', explainAhead(ahead.map(({ name }) => name)))] : []),
  ];
  const newest = found.find((backup): backup is Backup => !isDamaged(backup) && !ahead.includes(backup));
  if (newest === undefined) {
    return [
      ...apart,
      warn(
        'backups',
        `There is none of ${database.name} in ${folder}. Take one: npm run backup. Daily: npm run schedule`,
      ),
    ];
  }
  return [...apart, examineAge(newest), await examineProof(newest), await examineRoom(folder, newest)];
}

function examineAge({ name, manifest }: Backup): Finding {
  const old = Date.now() - Date.parse(manifest.takenAt);
  return old > TOO_OLD_MS
    ? warn('backups', `The newest, ${name}, is ${age(old)} old. Take one: npm run backup. Daily: npm run schedule`)
    : pass('backups', `The newest, ${name}, is ${age(old)} old.`);
}

async function examineProof({ name, path }: Backup): Promise<Finding> {
  const verification = await readVerification(path);
  switch (proofOf(verification)) {
    case 'passed':
      return pass('proof', `${name} was restored and compared.`);
    case 'failed':
      return fail('proof', `${name} is not good: ${verification?.problem} Take another: npm run backup`);
    case 'none':
      return warn('proof', `${name} was never tried. Try it: npm run backup:verify`);
  }
}

async function examineRoom(folder: string, { manifest }: Backup): Promise<Finding> {
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) return fail('room', `Nothing can be written into ${folder}. Correct its permissions.`);
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  const needed = 3 * manifest.dump.bytes;
  const message = `${megabytes(free)} are left for backups of ${megabytes(manifest.dump.bytes)}`;
  if (free < needed)
    return warn('room', `${message}. Make room in ${folder}, or name another folder in BACKUP_DIR.`);
  return pass('room', `${message}.`);
}
