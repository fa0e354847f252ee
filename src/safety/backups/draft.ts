import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withCleanUp } from './clean-up.ts';
import { syncFolder, writeDurably } from './durable-files.ts';
import { type BackupManifest, writeManifest } from './manifest.ts';
import { DUMP_FILE, MANIFEST_FILE, PARTIAL } from './names.ts';

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
