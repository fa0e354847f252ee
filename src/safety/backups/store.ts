import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf } from '../error-message.ts';
import { withCleanUp } from './clean-up.ts';
import { BackupDamaged, type BackupManifest, type BackupReason, readManifest, writeManifest } from './manifest.ts';
import { isBackupName } from './names.ts';

/** A complete backup: a folder of its own, which has its name from the moment it is complete. */
export type Backup = {
  readonly name: string;
  readonly path: string;
  readonly manifest: BackupManifest;
};

/** Something with a backup's name that cannot be used as one. */
export type DamagedBackup = { readonly name: string; readonly path: string; readonly damage: BackupDamaged };

export const DUMP_FILE = 'database.dump';
export const MANIFEST_FILE = 'manifest.json';
const PARTIAL = '.partial';
const REMOVED = '.removed';

/** Every backup of that database, newest first, the damaged ones too. */
export async function listBackups(folder: string, database: string): Promise<(Backup | DamagedBackup)[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const ours = names.filter((name) => isBackupName(database, name)).sort();
  return Promise.all(ours.reverse().map((name) => readBackup(join(folder, name))));
}

export function isDamaged(backup: Backup | DamagedBackup): backup is DamagedBackup {
  return 'damage' in backup;
}

/** The complete ones of them, newest first. */
export async function usableBackups(folder: string, database: string): Promise<Backup[]> {
  return (await listBackups(folder, database)).filter((backup): backup is Backup => !isDamaged(backup));
}

/** The newest complete backup of that database, or undefined. Damaged ones are passed over. */
export async function newestBackup(folder: string, database: string): Promise<Backup | undefined> {
  return (await usableBackups(folder, database))[0];
}

/**
 * The backup a person means: `latest`, the name of one in the folder, or the path of one anywhere. `latest` is never
 * one of the reason `passedOver`.
 * @throws {BackupDamaged} when it is not complete, also for `latest`: an older one is not what was meant
 * @throws {Error} when there is none
 */
export async function findBackup(
  folder: string,
  database: string,
  meant: string,
  passedOver?: BackupReason,
): Promise<Backup> {
  if (meant === 'latest') {
    const newest = (await listBackups(folder, database)).find(({ name }) => !name.endsWith(`_${passedOver}`));
    if (newest === undefined) {
      throw new Error(
        `There is no backup of ${database} in ${folder}${passedOver === undefined ? '' : ` but ${passedOver} ones`}. ` +
          'Take one: npm run backup. Or name the folder in BACKUP_DIR.',
      );
    }
    return usable(newest);
  }
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

/** A backup that is being written. */
export type Draft = {
  /** Writes the dump to the disk and resolves, when it is there to stay, with what the manifest says of it. */
  writeDump(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): Promise<BackupManifest['dump']>;
  /** Makes it a backup, in one step, once everything is on the disk. */
  publish(manifest: BackupManifest): Promise<void>;
};

/** Runs `work` with a draft that is removed again unless it is published. */
export async function withDraft<Result>(
  folder: string,
  name: string,
  work: (draft: Draft) => Promise<Result>,
): Promise<Result> {
  const partial = join(folder, `${name}${PARTIAL}`);
  await mkdir(partial, { recursive: true, mode: 0o700 });
  return withCleanUp(
    () => rm(partial, { recursive: true, force: true }),
    () =>
      work({
        writeDump: (chunks, onBytes) => writeDump(join(partial, DUMP_FILE), chunks, onBytes),
        publish: async (manifest) => {
          await writeDurably(join(partial, MANIFEST_FILE), writeManifest(manifest));
          await syncFolder(partial);
          await rename(partial, join(folder, name));
          await syncFolder(folder);
        },
      }),
  );
}

async function writeDump(
  path: string,
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): Promise<BackupManifest['dump']> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      for (let written = 0; written < chunk.length; ) {
        written += (await file.write(chunk, written)).bytesWritten;
      }
      bytes += chunk.length;
      onBytes(bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Removes what killed runs left. Only for whoever holds the lock of this database's backups. */
export async function removeLeftovers(folder: string, database: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const ending = [PARTIAL, REMOVED].find((suffix) => name.endsWith(suffix));
    if (ending === undefined || !isBackupName(database, name.slice(0, -ending.length))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Removes a backup; killed half-way, what is left is not taken for one. */
export async function removeBackup({ path }: { readonly path: string }): Promise<void> {
  await rename(path, `${path}${REMOVED}`);
  await rm(`${path}${REMOVED}`, { recursive: true, force: true });
}

/** Writes a file so that it is there wholly or not at all, and stays. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeDurably(temporary, text);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
