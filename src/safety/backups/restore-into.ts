import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { compareContents, READING_PARAMETERS, readSequences, readTables } from './contents.ts';
import { BackupDamaged, type DatabaseContents } from './manifest.ts';
import { DUMP_FILE } from './names.ts';
import { PeriodicProgress } from './periodic-progress.ts';
import { explainFailure } from './restore-failure.ts';
import { hashesAsBackup, type RowHashName, rowHashOf } from './row-hash.ts';
import { readSchemaObjects } from './schema-objects.ts';
import { readServerFacts } from './server-facts.ts';
import { withAbortableConnection } from './sessions.ts';
import { type Backup, checkDump } from './store.ts';
import { findTools, startTool, type Tools } from './tools.ts';
import { megabytes } from './units.ts';

export type RestoreIntoOptions = {
  readonly progress: (sentence: string) => void;
  /** Ends everything at once when it aborts. */
  readonly signal: AbortSignal;
};

export type Restored = {
  /** The tools it was restored with. */
  readonly tools: Tools;
  /** What is in it, summed as the backup is. */
  readonly tables: DatabaseContents['tables'];
  /** False where this server hashes rows in another way than that of the backup: then they were only counted. */
  readonly comparesRows: boolean;
};

/**
 * Restores a backup into an empty database, and compares what is in it then with the manifest: every table's rows and
 * checksum, every sequence, and the definition of everything else.
 * @throws {BackupDamaged} when anything is missing or a single row differs
 * @throws {Error} when the server or this machine kept it from being restored, which says nothing about the backup
 */
export async function restoreInto(
  empty: DatabaseAddress,
  backup: Backup,
  { progress, signal }: RestoreIntoOptions,
): Promise<Restored> {
  progress(`Reading ${backup.name} (${megabytes(backup.manifest.dump.bytes)})`);
  await checkDump(backup);
  const { contents } = backup.manifest;
  const [{ majorVersion }, comparesRows] = await withAbortableConnection(
    empty,
    signal,
    async (client) => [await readServerFacts(client), await hashesAsBackup(client, contents)] as const,
  );
  refuseOlderServer(empty, majorVersion, backup);
  const tools = await findTools(empty, majorVersion);
  progress(`Restoring into ${empty.name}`);
  await feed(tools, empty, backup, ['pre-data', 'data'], { progress, signal });
  progress('Comparing every table with the manifest, while indexes and constraints are built');
  const [rows] = await both(
    signal,
    (signal) => readRows(empty, rowHashOf(contents), signal),
    (signal) => feed(tools, empty, backup, ['post-data'], { progress, signal }),
  );
  const objects = await readSchemaObjects(tools, empty, { signal });
  const differences = compareContents(
    contents,
    { ...rows, objects },
    { definitions: majorVersion === takenOn(backup), sums: comparesRows },
  );
  if (differences.length > 0) {
    throw new BackupDamaged(
      backup.name,
      `restored, it is not what was backed up: ${differences.join('; ')}. Use another backup.`,
    );
  }
  if (!comparesRows) progress(`Every table has as many rows as were backed up. ${ONLY_COUNTED}`);
  return { tools, tables: rows.tables, comparesRows };
}

/** What to say where rows could not be compared. */
export const ONLY_COUNTED =
  'Whether they are the same rows cannot be told here: this server hashes texts in another way than the one that the ' +
  'backup was taken on.';

/** Each table by itself, in no transaction: whoever builds an index waits for the reading of that table only. */
function readRows(empty: DatabaseAddress, hash: RowHashName, signal: AbortSignal) {
  return withAbortableConnection(
    empty,
    signal,
    async (client) => ({
      tables: await readTables(client, { hash }),
      sequences: await readSequences(client),
    }),
    // Who builds an index takes as long as it takes.
    { ...READING_PARAMETERS, lock_timeout: '0' },
  );
}

/** Does both at once. When one fails, the other is ended. */
async function both<A, B>(
  signal: AbortSignal,
  one: (signal: AbortSignal) => Promise<A>,
  other: (signal: AbortSignal) => Promise<B>,
): Promise<readonly [A, B]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const work = [one(either), other(either)] as const;
  try {
    return await Promise.all(work);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(work);
    throw error;
  }
}

/** The major version of the server that a backup was taken on. */
function takenOn({ manifest }: Backup): number {
  return Number.parseInt(manifest.serverVersion, 10);
}

/** @throws {Error} where the server is older than the one the backup was taken on, which says nothing about the backup */
export function refuseOlderServer({ host, port }: DatabaseAddress, majorVersion: number, backup: Backup): void {
  const needed = takenOn(backup);
  if (majorVersion >= needed) return;
  throw new Error(
    `${backup.name} was taken on PostgreSQL ${needed}, and ${host}:${port} is PostgreSQL ${majorVersion}, which may ` +
      `not understand it. Name a server of version ${needed} or newer.`,
  );
}

/** Gives pg_restore the dump on its standard input, which works in a container too. It takes some sections of it. */
async function feed(
  tools: Tools,
  empty: DatabaseAddress,
  backup: Backup,
  sections: readonly ('pre-data' | 'data' | 'post-data')[],
  options: RestoreIntoOptions,
): Promise<void> {
  const { path, manifest } = backup;
  const figures = new PeriodicProgress(options.progress);
  const args = ['--exit-on-error', '--no-owner', '--verbose', ...sections.map((section) => `--section=${section}`)];
  const restore = await startTool(tools, 'pg_restore', args, empty, {
    signal: options.signal,
    onLine: (line) => {
      const step =
        /^pg_restore: (processing data for table|creating (?:INDEX|CONSTRAINT|FK CONSTRAINT)) "(.*)"$/.exec(line);
      if (step !== null) figures.set('step', `${step[1]} ${step[2]}`);
    },
  });
  restore.stdout.resume();
  const file = createReadStream(join(path, DUMP_FILE), { highWaterMark: 1 << 18 });
  file.on('data', () =>
    figures.set('read', `${Math.floor((100 * file.bytesRead) / Math.max(1, manifest.dump.bytes))} % read`),
  );
  try {
    // It may end before it has read everything: for a reason of its own, which is the one to tell, or because it needs no
    // rows. What it needs and did not get it complains of.
    pipeline(file, restore.stdin).catch(() => {});
    await restore.ended;
  } catch (error) {
    options.signal.throwIfAborted();
    throw await explainFailure(error, empty, backup);
  } finally {
    file.destroy();
    figures.stop();
  }
}
