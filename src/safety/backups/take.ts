import type { Config } from '../../config/config.ts';
import type { BackupManifest, BackupReason } from './manifest.ts';

export type TakeOptions = {
  readonly reason: BackupReason;
  /** Is told what is being done, one short sentence at a time. */
  readonly progress: (sentence: string) => void;
};

/**
 * Takes a backup of the configured database by its owner. It is there, complete and on the disk, when this returns; a
 * half-written one can never be taken for one.
 * @throws {Error} when there is none, in words that say what to do
 */
export async function takeBackup(
  _config: Pick<Config, 'database' | 'backups'>,
  _options: TakeOptions,
): Promise<BackupManifest> {
  throw new Error('under construction');
}
