import { isAhead } from './clock.ts';
import type { BackupReason } from './manifest.ts';
import { DAY_MS } from './units.ts';

const DAILIES = 7;
const OF_EACH_OTHER_REASON = 5;

export type Kept = {
  readonly name: string;
  readonly reason: BackupReason;
  /** The last migration in it. */
  readonly schemaVersion: string | null;
  readonly takenAt: Date;
  /** What came of the last attempt to prove it. */
  readonly proof: 'passed' | 'failed' | 'none';
};

/**
 * Which backups have had their time. Dailies: those older than seven days, as long as seven newer ones are there that
 * may be good. Those before migrations and restores: all but the newest five of each. A migration outside a transaction
 * that fails half-way and is tried again leaves one before each try: the first of them, from before anything was done,
 * stays as long as those before the newest five migrations. Those a person took: never.
 * Whatever the clock and the rules say, the newest one and the newest that is proven stay. Those of a time yet to come
 * stay until then, and push no other out.
 */
export function expired<Backup extends Kept>(backups: readonly Backup[], now: Date): Backup[] {
  const newestFirst = backups
    .filter(({ takenAt }) => !isAhead(takenAt, now))
    .sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
  const kept = new Set([
    ...[newestFirst[0], newestFirst.find(({ proof }) => proof === 'passed')],
    ...firstTries(newestFirst).slice(0, OF_EACH_OTHER_REASON),
  ]);
  const newer: Record<BackupReason, number> = { daily: 0, manual: 0, 'pre-migration': 0, 'pre-restore': 0 };
  return newestFirst.filter((backup) => {
    const { reason, proof, takenAt } = backup;
    const rank = newer[reason];
    if (proof !== 'failed') newer[reason] += 1;
    if (kept.has(backup) || reason === 'manual') return false;
    if (reason !== 'daily') return rank >= OF_EACH_OTHER_REASON;
    const isOld = now.getTime() - takenAt.getTime() > DAILIES * DAY_MS;
    return isOld && (rank >= DAILIES || proof === 'failed');
  });
}

/** Of each series of backups before a migration, all of the same schema, the first. Newest series first. */
function firstTries<Backup extends Kept>(newestFirst: readonly Backup[]): Backup[] {
  const tries = newestFirst.filter(({ reason, proof }) => reason === 'pre-migration' && proof !== 'failed');
  return tries.filter(({ schemaVersion }, index) => tries[index + 1]?.schemaVersion !== schemaVersion);
}

/** Databases that a restore or its undoing replaced are dropped when they are older than this. */
export const KEPT_DATABASES_MS = 7 * DAY_MS;
