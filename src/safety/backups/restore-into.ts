import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { compareContents, READING_PARAMETERS, readSequences, readTables } from './contents.ts';
import { BackupDamaged } from './manifest.ts';
import { DUMP_FILE } from './names.ts';
import { PeriodicProgress } from './periodic-progress.ts';
import { explainFailure } from './restore-failure.ts';
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

/**
 * Restores a backup into an empty database, and compares what is in it then with the manifest: every table's rows and
 * checksum, every sequence, and the definition of everything else. Returns the tools it used.
 * @throws {BackupDamaged} when anything is missing or a single row differs
 * @throws {Error} when the server or this machine kept it from being restored, which says nothing about the backup
 */
export async function restoreInto(
  empty: DatabaseAddress,
  backup: Backup,
  { progress, signal }: RestoreIntoOptions,
): Promise<Tools> {
  progress(`Reading ${backup.name} (${megabytes(backup.manifest.dump.bytes)})`);
  await checkDump(backup);
  const { majorVersion } = await withAbortableConnection(empty, signal, readServerFacts);
  refuseOlderServer(empty, majorVersion, backup);
  const tools = await findTools(empty, majorVersion);
  progress(`Restoring into ${empty.name}`);
  await feed(tools, empty, backup, { progress, signal });
  progress('Comparing every table with the manifest');
  const rows = await withAbortableConnection(
    empty,
    signal,
    async (client) => {
      await client.query('begin isolation level repeatable read, read only');
      return { tables: await readTables(client), sequences: await readSequences(client) };
    },
    READING_PARAMETERS,
  );
  const objects = await readSchemaObjects(tools, empty, { signal });
  const differences = compareContents(
    backup.manifest.contents,
    { ...rows, objects },
    majorVersion === takenOn(backup),
  );
  if (differences.length > 0) {
    throw new BackupDamaged(
      backup.name,
      `restored, it is not what was backed up: ${differences.join('; ')}. Use another backup.`,
    );
  }
  return tools;
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

/** Gives pg_restore the dump on its standard input, which works in a container too. */
async function feed(
  tools: Tools,
  empty: DatabaseAddress,
  backup: Backup,
  options: RestoreIntoOptions,
): Promise<void> {
  const { path, manifest } = backup;
  const figures = new PeriodicProgress(options.progress);
  const restore = await startTool(tools, 'pg_restore', ['--exit-on-error', '--no-owner', '--verbose'], empty, {
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
    const fed = pipeline(file, restore.stdin);
    // It may end before it has read everything, for a reason of its own, which is the one to tell.
    fed.catch(() => {});
    await restore.ended;
    await fed;
  } catch (error) {
    options.signal.throwIfAborted();
    throw await explainFailure(error, empty, backup);
  } finally {
    file.destroy();
    figures.stop();
  }
}
