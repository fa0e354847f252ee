import { mkdir, statfs } from 'node:fs/promises';
import type { Client } from 'pg';
import type { Config } from '../../config/config.ts';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { ownerAddress } from '../../config/owner-address.ts';
import { withConnection } from '../connection.ts';
import { readClock } from './clock.ts';
import { READING_PARAMETERS, readSequences, readTables } from './contents.ts';
import { type Draft, withDraft } from './draft.ts';
import { recordBackups, recordFailure } from './history.ts';
import type { BackupManifest, BackupReason } from './manifest.ts';
import { backupName } from './names.ts';
import { PeriodicProgress } from './periodic-progress.ts';
import { PRESENT_ROW_HASH, probeRowHash } from './row-hash.ts';
import { readSchemaObjects } from './schema-objects.ts';
import { readServerFacts, type ServerFacts } from './server-facts.ts';
import { withAbortableConnection, withLock } from './sessions.ts';
import { newestBackup, removeLeftovers } from './store.ts';
import { findTools, startTool } from './tools.ts';
import { megabytes } from './units.ts';

export type TakeOptions = {
  readonly reason: BackupReason;
  /** Is told what is being done, one short sentence at a time. */
  readonly progress: (sentence: string) => void;
};

/** One below zlib's own, which packs 1 % tighter and takes a quarter longer (docs/performance.md). */
export const COMPRESSION_LEVEL = 5;
/** How long pg_dump waits for a table that somebody, a migration say, has locked. */
const LOCK_WAIT = '60s';
/** Text is rarely packed tighter than this; with less room than that, it would be for nothing to start. */
const TIGHTEST_PACKING = 20;
const LEAST_FREE_BYTES = 16 * 2 ** 20;

/**
 * Takes a backup of the configured database by its owner. It is there, complete and on the disk, when this returns; a
 * half-written one can never be taken for one.
 * @throws {Error} when there is none, in words that say what to do
 */
export async function takeBackup(
  config: Pick<Config, 'database' | 'backups'>,
  options: TakeOptions,
): Promise<BackupManifest> {
  const address = ownerAddress(config.database);
  const { folder } = config.backups;
  const { reason, progress } = options;
  const onHeld = () => progress('Another backup of this database is under way; waiting for it.');
  return withLock(address, { key: 'backup', onHeld }, async (signal) => {
    const takenAt = await withConnection(address, readClock);
    const name = backupName(address.name, takenAt, reason);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await removeLeftovers(folder, address.name);
      const manifest = await withDraft(folder, name, (draft) =>
        writeBackup(address, { ...options, folder, name, takenAt, draft, signal }),
      );
      await withConnection(address, (client) => recordBackups(client, folder, address.name)).catch(
        (error: unknown) =>
          progress(`The backup is complete, but the database could not note it: ${String(error)}`),
      );
      return manifest;
    } catch (error) {
      const told = explain(error, folder);
      const failure = { name, reason, problem: told.message };
      await withConnection(address, (client) => recordFailure(client, failure)).catch(() => {});
      throw told;
    }
  });
}

type Writing = TakeOptions & {
  readonly folder: string;
  readonly name: string;
  readonly takenAt: Date;
  readonly draft: Draft;
  readonly signal: AbortSignal;
};

/** The dump and the figures come from one snapshot, which the session that reads the figures has open. */
function writeBackup(address: DatabaseAddress, writing: Writing): Promise<BackupManifest> {
  const { name, reason, takenAt, draft, progress } = writing;
  const startedAt = performance.now();
  const failed = new AbortController();
  const signal = AbortSignal.any([writing.signal, failed.signal]);
  return withAbortableConnection(
    address,
    signal,
    async (client) => {
      await client.query('begin isolation level repeatable read, read only');
      const facts = await readServerFacts(client);
      await checkRoom(writing, address.name, facts.databaseBytes);
      progress(`Dumping ${address.name} (${megabytes(facts.databaseBytes)} in PostgreSQL) to ${name}`);
      const [dump, contents] = await dumpAndRead(client, address, facts, {
        ...writing,
        signal,
        fail: (reason) => failed.abort(reason),
      });
      progress('Publishing the backup');
      const manifest: BackupManifest = {
        format: 1,
        name,
        reason,
        takenAt: takenAt.toISOString(),
        durationMs: Math.round(performance.now() - startedAt),
        database: { name: address.name, locale: facts.locale, bytes: facts.databaseBytes },
        serverVersion: facts.serverVersion,
        schema: facts.schema,
        dump,
        contents,
      };
      signal.throwIfAborted();
      await draft.publish(manifest);
      return manifest;
    },
    READING_PARAMETERS,
  );
}

/** Both at once. When one fails, the other is ended. */
async function dumpAndRead(
  client: Client,
  address: DatabaseAddress,
  facts: ServerFacts,
  { draft, progress, signal, fail }: Writing & { readonly fail: (reason: unknown) => void },
) {
  const exported = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
  const snapshot = exported.rows[0]?.snapshot ?? '';
  const tools = await findTools(address, facts.majorVersion);
  // Before pg_dump reads them, because others go on drawing numbers.
  const sequences = await readSequences(client);
  const rowHash = await probeRowHash(client, PRESENT_ROW_HASH);
  const figures = new PeriodicProgress(progress);
  const dump = await startTool(
    tools,
    'pg_dump',
    [
      ...['--format=custom', `--compress=${COMPRESSION_LEVEL}`, '--verbose'],
      ...[`--lock-wait-timeout=${LOCK_WAIT}`, `--snapshot=${snapshot}`],
    ],
    address,
    {
      signal,
      onLine: (line) => {
        const table = /dumping contents of table "(.*)"$/.exec(line)?.[1];
        if (table !== undefined) figures.set('dumping', `dumping ${table}`);
      },
    },
  );
  const writing = draft.writeDump(dump.stdout, (bytes) => figures.set('written', `${megabytes(bytes)} written`));
  const work = [
    writing,
    readTables(client, {
      onTable: (_name, done, all) => figures.set('read', `${done} of ${all} tables counted`),
    }),
    readSchemaObjects(tools, address, { signal, snapshot }),
    // A dump that cannot be written ends pg_dump, too, which then complains of that and may be the first to be heard.
    dump.ended.catch(async (error: unknown) => {
      await writing;
      throw error;
    }),
  ] as const;
  try {
    const [written, tables, objects] = await Promise.all(work);
    return [written, { tables, rowHash, sequences, objects }] as const;
  } catch (error) {
    fail(error);
    await Promise.allSettled(work);
    throw error;
  } finally {
    figures.stop();
  }
}

/** Refuses where the backup surely has no room. Whether it has enough, nobody knows before. */
async function checkRoom({ folder, takenAt }: Writing, database: string, databaseBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const last = await newestBackup(folder, database, takenAt);
  const needed = Math.max(LEAST_FREE_BYTES, last?.manifest.dump.bytes ?? databaseBytes / TIGHTEST_PACKING);
  if (free < needed) {
    throw new Error(
      `The disk of ${folder} has ${megabytes(free)} left, and a backup needs about ${megabytes(needed)}. ` +
        'Free some room, or set BACKUP_DIR to a folder on another disk.',
    );
  }
}

const UNWRITABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']);

function explain(error: unknown, folder: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new Error(
      `The backup could not be written to ${folder} (${error.message}) and was removed. ` +
        'Free some room, or set BACKUP_DIR to a folder on another disk.',
    );
  }
  if (typeof code === 'string' && UNWRITABLE.has(code)) {
    return new Error(
      `The folder of backups cannot be written (${error.message}). Correct its owner or set BACKUP_DIR.`,
    );
  }
  return error;
}
