import { explainAhead } from '../safety/backups/clock.ts';
import type { BackupStatus } from '../safety/backups/history.ts';
import type { Check } from './check.ts';

const HOUR_MS = 3_600_000;
/** A day and an hour: a daily backup may take its time. */
const OLDEST_MS = 25 * HOUR_MS;
/** The schedule reports every minute, and after a failure every five at the latest. */
const LONGEST_SILENCE_MS = HOUR_MS / 6;
/** Of the size of the one before: less is suspicious. */
const SHRUNK = 0.5;

/** Whether the data could be had back today: how old the last backup is, whether it was proven, and who takes the next. */
export function checkBackup(status: BackupStatus | undefined, now: number = Date.now()): Check {
  if (status === undefined) return { status: 'warn', message: 'It was not looked yet which backups there are.' };
  const { last, lastVerifiedAt, failure, expectedSince, scheduleSeenAt, ahead } = status;
  const isOld = (moment: Date | undefined) =>
    now - Math.max(moment?.getTime() ?? 0, expectedSince.getTime()) > OLDEST_MS;
  if (last?.problem !== undefined) {
    return { status: 'fail', message: `The last backup is not good: ${last.problem} Take another: npm run backup` };
  }
  if (isOld(last?.takenAt)) {
    const what =
      last === undefined ? 'There is no backup.' : `The last backup is of ${last.takenAt.toISOString()}.`;
    const why = failure === undefined ? '' : ` The last attempt failed: ${failure.problem}`;
    const others = ahead.length > 0 ? ` ${explainAhead(ahead)}` : '';
    return {
      status: 'fail',
      message: `${what}${why} Take one: npm run backup. See that npm run schedule runs.${others}`,
    };
  }
  if (failure !== undefined) {
    return { status: 'warn', message: `The last attempt at a backup failed: ${failure.problem}` };
  }
  if (last?.previousBytes !== undefined && last.bytes < SHRUNK * last.previousBytes) {
    return {
      status: 'warn',
      message:
        `The last backup has ${last.bytes} bytes, the one before ${last.previousBytes}. ` +
        'Look whether data is missing; if not, the next backup ends this warning.',
    };
  }
  if (isOld(lastVerifiedAt)) {
    return {
      status: 'warn',
      message: 'No backup was proven by restoring it since yesterday. Prove the last: npm run backup:verify',
    };
  }
  if (scheduleSeenAt !== undefined && now - scheduleSeenAt.getTime() > LONGEST_SILENCE_MS) {
    return {
      status: 'warn',
      message: `npm run schedule was last seen at ${scheduleSeenAt.toISOString()}. Start it again.`,
    };
  }
  if (ahead.length > 0) return { status: 'warn', message: explainAhead(ahead) };
  return {
    status: 'pass',
    message: last === undefined ? 'No backup was due yet.' : `The last backup is of ${last.takenAt.toISOString()}.`,
  };
}
