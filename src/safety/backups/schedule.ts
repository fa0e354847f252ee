import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { withConnection } from '../connection.ts';
import { checkConsistencyWhenDue } from '../consistency/consistency.ts';
import { messageOf } from '../error-message.ts';
import { readClock } from './clock.ts';
import { forgetRemoved, recordBackups, recordSchedule } from './history.ts';
import { parseBackupName } from './names.ts';
import { mayRemove, removeExpired } from './remove-expired.ts';
import { withLock } from './sessions.ts';
import { type Backup, isBackupAhead, isDamaged, listBackups } from './store.ts';
import { takeBackup } from './take.ts';
import { age, DAY_MS } from './units.ts';
import { readVerification, verifiedBackups } from './verification.ts';
import { verifyBackup } from './verify.ts';

const PAUSE_MS = 60_000;
/** Shorter than the silence after which /health takes the schedule for dead (monitoring/backup-check.ts). */
const LONGEST_PAUSE_MS = 5 * 60_000;
/** A daily backup that turns out bad is taken once more; after that somebody has to look. */
const TRIES_A_DAY = 2;
/** A backup could not be tried, for lack of room say: so long none is. */
const UNPROVEN_PAUSE_MS = 60 * 60_000;

type ScheduleConfig = Pick<Config, 'database' | 'backups'>;

/** The last moment, up to now, at which a daily backup was to be taken. */
export function lastDue(now: Date, minuteOfDay: number): Date {
  const due = new Date(now);
  due.setUTCHours(0, minuteOfDay, 0, 0);
  return due > now ? new Date(due.getTime() - DAY_MS) : due;
}

/**
 * Takes the daily backups until `stop` aborts: at the set time, or as soon as it can when it was not there at that
 * time. A failure is told and tried again. Of several that run, one works.
 */
export async function runSchedule(
  config: ScheduleConfig,
  progress: (sentence: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: stop }).catch(() => {});
  const triedAt = new Map<string, number>();
  let failures = 0;
  while (!stop.aborted) {
    try {
      const worked = await workOnce(config, progress, triedAt);
      failures = 0;
      if (!worked) await pause(PAUSE_MS);
    } catch (error) {
      const next = Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** failures);
      failures += 1;
      if (stop.aborted) return;
      const told = messageOf(error);
      progress(`FAILED: ${told} Trying again in ${age(next)}.`);
      await pause(next);
    }
  }
}

/**
 * Does one thing that is due: the daily backup, the check of the data, the proof of a backup that has none. Then
 * removes what has had its time. Returns false when nothing was due. `triedAt` keeps from run to run when the proof of
 * which backup was tried, because a trial that comes to nothing costs as much as any other.
 * @throws {Error} when it did not succeed
 */
export function workOnce(
  config: ScheduleConfig,
  progress: (sentence: string) => void,
  triedAt = new Map<string, number>(),
): Promise<boolean> {
  const address = ownerAddress(config.database);
  let elsewhere = false;
  const onHeld = () => {
    elsewhere = true;
    throw new Error('Another schedule is at work.');
  };
  return withLock(address, { key: 'schedule', onHeld }, async () => {
    const stopReporting = await reportAtWork(config);
    try {
      // Before anything is taken: afterwards the newest backup would know no more than the database.
      const removing = await mayRemove(config);
      try {
        return await doWhatIsDue(config, progress, triedAt);
      } finally {
        // Also when it failed: what failed for lack of room needs it most.
        if (removing) await removeExpired(config, progress);
        await tellDatabase(config);
      }
    } finally {
      stopReporting();
    }
  }).catch((error: unknown) => {
    // Not ours to do: it is done elsewhere, and taken over here when that ends.
    if (elsewhere) return false;
    throw error;
  });
}

async function tellDatabase({ backups, database }: ScheduleConfig): Promise<void> {
  const address = ownerAddress(database);
  await withConnection(address, async (client) => {
    await recordBackups(client, backups.folder, address.name);
    await forgetRemoved(client, backups.folder, address.name);
  });
}

/** Tells the database that the schedule is at work, now and every minute. */
async function reportAtWork({ backups, database }: ScheduleConfig): Promise<() => void> {
  const report = () =>
    withConnection(ownerAddress(database), async (client) => {
      const due = lastDue(await readClock(client), backups.minuteOfDay);
      await recordSchedule(client, new Date(due.getTime() + DAY_MS));
    });
  await report();
  // A connection that was lost is found by the lock's own heartbeat.
  const timer = setInterval(() => void report().catch(() => {}), PAUSE_MS);
  return () => clearInterval(timer);
}

async function doWhatIsDue(
  config: ScheduleConfig,
  progress: (sentence: string) => void,
  triedAt: Map<string, number>,
): Promise<boolean> {
  const { backups, database } = config;
  const now = await withConnection(ownerAddress(database), readClock);
  const due = lastDue(now, backups.minuteOfDay);
  const problems = await problemsOfDailies(config, due, now);
  if (problems.length < TRIES_A_DAY && !problems.includes(undefined)) {
    for (const problem of problems) progress(`It is taken once more: ${problem}`);
    progress(`Taking the daily backup of ${database.name}, due at ${due.toISOString()}`);
    const { name } = await takeBackup(config, { reason: 'daily', progress });
    progress(`Took ${name}`);
    return true;
  }
  // Before the proofs, of which there may be many; but one that fails keeps them no more waiting than they do it.
  const checked = await checkConsistencyWhenDue(ownerAddress(database), due, progress).catch(
    async (error: unknown) => {
      await proveNext(config, progress, triedAt);
      throw error;
    },
  );
  return checked || proveNext(config, progress, triedAt);
}

/** Of each daily backup since `due`, damaged ones too, what is wrong with it; undefined where nothing is known to be. */
async function problemsOfDailies(
  { backups, database }: ScheduleConfig,
  due: Date,
  now: Date,
): Promise<(string | undefined)[]> {
  const dailies = (await listBackups(backups.folder, database.name)).filter((backup) => {
    const said = parseBackupName(database.name, backup.name);
    return said?.reason === 'daily' && said.takenAt >= due && !isBackupAhead(database.name, backup, now);
  });
  return Promise.all(
    dailies.map(async (backup) =>
      isDamaged(backup) ? backup.damage.message : (await readVerification(backup.path))?.problem,
    ),
  );
}

/**
 * Proves the newest backup that has no proof, unless one could not be tried within the last hour; those that could not
 * be tried come after the others. Returns false when there is none.
 */
async function proveNext(
  config: ScheduleConfig,
  progress: (sentence: string) => void,
  triedAt: Map<string, number>,
): Promise<boolean> {
  const lastTrial = ({ name }: Backup) => triedAt.get(name) ?? 0;
  const unproven = (await verifiedBackups(config)).filter(({ verification }) => verification === undefined);
  const [next] = unproven.toSorted((a, b) => lastTrial(a) - lastTrial(b));
  if (next === undefined || Date.now() - Math.max(...unproven.map(lastTrial)) < UNPROVEN_PAUSE_MS) return false;
  triedAt.set(next.name, Date.now());
  progress(`Proving ${next.name}`);
  const { problem } = await verifyBackup(config, next, progress, { unattended: true });
  if (problem !== undefined) throw new Error(`${next.name} is not good: ${problem}`);
  progress(`Proved ${next.name}`);
  return true;
}
