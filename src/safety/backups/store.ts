import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf } from '../error-message.ts';
import { explainAhead, isAhead } from './clock.ts';
import { BackupDamaged, type BackupManifest, type BackupReason, readManifest } from './manifest.ts';
import { DUMP_FILE, isNameOfOurs, MANIFEST_FILE, PARTIAL, parseBackupName, REMOVED } from './names.ts';

/** A complete backup: a folder of its own, which has its name from the moment it is complete. */
export type Backup = {
  readonly name: string;
  readonly path: string;
  readonly manifest: BackupManifest;
};

/** Something with a backup's name that cannot be used as one. */
export type DamagedBackup = { readonly name: string; readonly path: string; readonly damage: BackupDamaged };

/**
 * Every backup of that database, newest first, the damaged ones too.
 * @throws {Error} when the folder cannot be read, in words that say what to do
 */
export async function listBackups(folder: string, database: string): Promise<(Backup | DamagedBackup)[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new Error(
      `The folder of backups cannot be read (${error.message}). Correct its owner or set BACKUP_DIR.`,
      { cause: error },
    );
  });
  const named = names.flatMap((name) => {
    const takenAt = parseBackupName(database, name)?.takenAt;
    return takenAt === undefined ? [] : [{ name, takenAt }];
  });
  const newestFirst = named.sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
  const found = await Promise.all(newestFirst.map(({ name }) => readBackup(join(folder, name))));
  // By its name alone an old one may be that of another database.
  return found.filter((backup) => isDamaged(backup) || backup.manifest.database.name === database);
}

export function isDamaged(backup: Backup | DamagedBackup): backup is DamagedBackup {
  return 'damage' in backup;
}

/** The complete ones of them, newest first. */
export async function usableBackups(folder: string, database: string): Promise<Backup[]> {
  return (await listBackups(folder, database)).filter((backup): backup is Backup => !isDamaged(backup));
}

/** True for a backup whose name is of a time that is yet to come. */
export function isBackupAhead(database: string, { name }: { readonly name: string }, now: Date): boolean {
  const said = parseBackupName(database, name);
  return said !== undefined && isAhead(said.takenAt, now);
}

/** The newest complete backup of that database, or undefined. Those damaged or of a time yet to come are passed over. */
export async function newestBackup(
  folder: string,
  database: string,
  now: Date = new Date(),
): Promise<Backup | undefined> {
  return (await usableBackups(folder, database)).find((backup) => !isBackupAhead(database, backup, now));
}

export type LatestOptions = {
  /** Now, by PostgreSQL's clock: `latest` is none of a later time. */
  readonly now?: Date;
  /** Nor one that was taken for this reason. */
  readonly passedOver?: BackupReason;
  /** Is told which are of a later time, and what to do about them. */
  readonly progress?: (sentence: string) => void;
};

/**
 * The backup a person means: `latest`, the name of one in the folder, or the path of one anywhere.
 * @throws {BackupDamaged} when it is not complete, also for `latest`: an older one is not what was meant
 * @throws {Error} when there is none
 */
export async function findBackup(
  folder: string,
  database: string,
  meant: string,
  options: LatestOptions = {},
): Promise<Backup> {
  if (meant === 'latest') return usable(await findLatest(folder, database, options));
  for (const path of [join(folder, meant), resolve(meant), dirname(resolve(meant))]) {
    if (!(await exists(join(path, DUMP_FILE))) && !(await exists(join(path, MANIFEST_FILE)))) continue;
    return usable(await readBackup(path));
  }
  const some = (await listBackups(folder, database)).slice(0, 5).map(({ name }) => name);
  throw new Error(
    `There is no backup "${meant}", neither in ${folder} nor as a path.` +
      (some.length > 0 ? ` The newest there are: ${some.join(', ')}.` : ''),
  );
}

async function findLatest(
  folder: string,
  database: string,
  { now = new Date(), passedOver, progress = () => {} }: LatestOptions,
): Promise<Backup | DamagedBackup> {
  const found = await listBackups(folder, database);
  const ahead = found.filter((backup) => isBackupAhead(database, backup, now));
  const explained = ahead.length > 0 ? explainAhead(ahead.map(({ name }) => name)) : undefined;
  const newest = found.find((backup) => !ahead.includes(backup) && !backup.name.endsWith(`_${passedOver}`));
  if (newest === undefined) {
    const others = found.length === ahead.length ? '' : ` but ${passedOver} ones`;
    throw new Error(
      `There is no backup of ${database} in ${folder}${others}. ` +
        (explained ?? 'Take one: npm run backup. Or name the folder in BACKUP_DIR.'),
    );
  }
  if (explained !== undefined) progress(explained);
  return newest;
}

function usable(found: Backup | DamagedBackup): Backup {
  if (isDamaged(found)) throw found.damage;
  return found;
}

async function readBackup(path: string): Promise<Backup | DamagedBackup> {
  const name = basename(path);
  try {
    const text = await readFile(join(path, MANIFEST_FILE), 'utf8');
    const backup = { name, path, manifest: readManifest(text, name) };
    await checkSize(backup);
    return backup;
  } catch (error) {
    const damage =
      error instanceof BackupDamaged
        ? error
        : new BackupDamaged(name, `its manifest cannot be read (${messageOf(error)}). Use another backup.`);
    return { name, path, damage };
  }
}

/** Costs nothing, and finds a dump that was removed or cut. @throws {BackupDamaged} */
async function checkSize({ name, path, manifest }: Backup): Promise<void> {
  const found = await stat(join(path, DUMP_FILE)).catch((error: unknown) => {
    throw new BackupDamaged(name, `its dump cannot be read (${messageOf(error)}). Use another backup.`);
  });
  if (found.size !== manifest.dump.bytes) {
    throw new BackupDamaged(
      name,
      `its dump has ${found.size} bytes, and was written with ${manifest.dump.bytes}. Use another backup.`,
    );
  }
}

/**
 * Reads the whole dump of a backup and compares it with the manifest.
 * @throws {BackupDamaged} when one byte differs
 */
export async function checkDump(backup: Backup): Promise<void> {
  await checkSize(backup);
  const { name, path, manifest } = backup;
  const file = join(path, DUMP_FILE);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  if (hash.digest('hex') !== manifest.dump.sha256) {
    throw new BackupDamaged(name, 'its dump is not the one that was written (SHA-256). Use another backup.');
  }
}

/** Removes what killed runs left. Only for whoever holds the lock of this database's backups. */
export async function removeLeftovers(folder: string, database: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const ending = [PARTIAL, REMOVED].find((suffix) => name.endsWith(suffix));
    if (ending === undefined || !isNameOfOurs(database, name.slice(0, -ending.length))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Removes a backup; killed half-way, what is left is not taken for one. */
export async function removeBackup({ path }: { readonly path: string }): Promise<void> {
  await rename(path, `${path}${REMOVED}`);
  await rm(`${path}${REMOVED}`, { recursive: true, force: true });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
