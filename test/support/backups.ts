import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { type BackupManifest, type DatabaseContents, writeManifest } from '../../src/safety/backups/manifest.ts';
import { type Backup, newestBackup } from '../../src/safety/backups/store.ts';
import { takeBackup } from '../../src/safety/backups/take.ts';
import { testEnvironment } from './environment.ts';
import { temporaryFolder } from './folders.ts';
import { sql, withDatabase } from './shared-servers.ts';

export type BackupStage = {
  readonly environment: Readonly<Record<string, string>> & {
    readonly DATABASE_URL: string;
    readonly BACKUP_DIR: string;
  };
  readonly config: Config;
  readonly url: string;
  readonly folder: string;
  /** The name of the database. */
  readonly name: string;
};

/** A database with the sample blog and an empty folder for its backups. What restores leave is dropped at the end. */
export async function backupStage(test: Test, content: 'sample' | 'empty' = 'sample'): Promise<BackupStage> {
  const folder = temporaryFolder(test);
  const environment = { ...(await testEnvironment(test, content)), BACKUP_DIR: folder };
  const config = loadConfig(environment);
  const stage = { environment, config, url: environment.DATABASE_URL, folder, name: config.database.name };
  test.teardown(async () => {
    const maintenance = withDatabase(stage.url, 'postgres');
    for (const name of await siblingsOf(stage)) {
      await sql(maintenance, `drop database if exists "${name}" with (force)`);
    }
  });
  return stage;
}

/** Takes a backup without saying anything, and returns it as it is in the folder. */
export async function taken({ config, folder, name }: BackupStage): Promise<Backup> {
  await takeBackup(config, { reason: 'manual', progress: () => {} });
  const backup = await newestBackup(folder, name);
  if (backup === undefined) throw new Error('There is no backup.');
  return backup;
}

/** Rewrites the manifest so that it fits what lies beside it, as somebody with bad intentions could. */
export function reseal(
  { path, manifest }: Backup,
  change: (manifest: BackupManifest) => BackupManifest = (as) => as,
) {
  const dump = readFileSync(join(path, 'database.dump'));
  const sealed = { bytes: dump.length, sha256: createHash('sha256').update(dump).digest('hex') };
  writeFileSync(join(path, 'manifest.json'), writeManifest(change({ ...manifest, dump: sealed })));
}

/** The same as a server that hashes in another way would have summed it. */
export function summedElsewhere({ rowHash, tables, ...contents }: DatabaseContents): DatabaseContents {
  const elsewhere = tables.map((table) => ({ ...table, checksum: `${table.checksum}7` }));
  return { ...contents, tables: elsewhere, ...(rowHash && { rowHash: { ...rowHash, probe: '42' } }) };
}

/** The other databases that were made beside it, whatever for. */
export async function siblingsOf(
  { url, name }: Pick<BackupStage, 'url' | 'name'>,
  purpose = '',
): Promise<string[]> {
  const rows = await sql<{ datname: string }>(
    withDatabase(url, 'postgres'),
    "select datname from pg_database where datname like $1 || '%' || $2 || '%' and datname <> $3 order by 1",
    // Names as long as the tests' are cut, and end with a digest.
    [name.slice(0, 19), purpose, name],
  );
  return rows.map(({ datname }) => datname);
}

/** Everything in the folder of backups. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}
