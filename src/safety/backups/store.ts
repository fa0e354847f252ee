import type { BackupManifest } from './manifest.ts';

/** A complete backup in the folder of backups. */
export type Backup = {
  readonly name: string;
  /** Its own folder, with the dump and the manifest. */
  readonly path: string;
  readonly manifest: BackupManifest;
};

/** The newest complete backup of that database, or undefined. Damaged ones are passed over. */
export async function newestBackup(_folder: string, _database: string): Promise<Backup | undefined> {
  throw new Error('under construction');
}
