import type { BackupReason } from './manifest.ts';
import { DAY_MS } from './units.ts';

const DAILIES = 7;
const OF_EACH_OTHER_REASON = 5;

export type Kept = {
  readonly name: string;
  readonly reason: BackupReason;
  readonly takenAt: Date;
  /** What came of the last attempt to prove it. */
  readonly proof: 'passed' | 'failed' | 'none';
};

/**
 * Which backups have had their time. Dailies: those older than seven days, as long as seven newer ones are there that
 * may be good. Those before migrations and restores: all but the newest five of each. Those a person took: never.
 * Whatever the clock and the rules say, the newest one and the newest that is proven stay.
 */
export function expired<Backup extends Kept>(backups: readonly Backup[], now: Date): Backup[] {
  const newestFirst = backups.toSorted((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
  const lastGood = new Set([newestFirst[0], newestFirst.find(({ proof }) => proof === 'passed')]);
  const newer: Record<BackupReason, number> = { daily: 0, manual: 0, 'pre-migration': 0, 'pre-restore': 0 };
  return newestFirst.filter((backup) => {
    const { reason, proof, takenAt } = backup;
    const rank = newer[reason];
    if (proof !== 'failed') newer[reason] += 1;
    if (lastGood.has(backup) || reason === 'manual') return false;
    if (reason !== 'daily') return rank >= OF_EACH_OTHER_REASON;
    const isOld = now.getTime() - takenAt.getTime() > DAILIES * DAY_MS;
    return isOld && (rank >= DAILIES || proof === 'failed');
  });
}

/** Databases that a restore replaced are dropped when they are older than this. */
export const KEPT_DATABASES_MS = 7 * DAY_MS;
