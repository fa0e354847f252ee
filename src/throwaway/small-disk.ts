import { chownSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Identity, run } from './shell.ts';

/** A file system of its own that is soon full. Only root on Linux can make one; some containers do not let it. */
export type SmallDisk = {
  readonly folder: string;
  /** Fills it, to the last byte or until so many bytes are left. */
  fill(leftBytes?: number): void;
  /** Takes that away again. */
  makeRoom(): void;
  /** Removes it with everything in it. */
  unmount(): Promise<void>;
};

const FILLER = 'filler';
const PIECE = Buffer.alloc(1 << 20, 'x');

/** Mounts one of that size ("48m") at a folder that is not there yet, for that user. */
export async function mountSmallDisk(
  folder: string,
  size: string,
  identity: Identity | undefined,
): Promise<SmallDisk> {
  mkdirSync(folder, { mode: 0o700 });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]).catch((error: unknown) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
  if (identity !== undefined) chownSync(folder, identity.uid, identity.gid);
  return {
    folder,
    fill: (leftBytes = 0) => fillUp(join(folder, FILLER), leftBytes),
    makeRoom: () => rmSync(join(folder, FILLER), { force: true }),
    unmount: async () => {
      await run('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** True where this process may mount one, at a folder that is not there yet. */
export function canMount(folder: string): Promise<boolean> {
  return mountSmallDisk(folder, '1m', undefined).then(
    async (disk) => {
      await disk.unmount();
      return true;
    },
    () => false,
  );
}

function fillUp(file: string, leftBytes: number): void {
  for (let size = PIECE.length; size > 0; ) {
    try {
      writeFileSync(file, PIECE.subarray(0, size), { flag: 'a' });
    } catch {
      // No room for so much; perhaps for half of it.
      size = Math.floor(size / 2);
    }
  }
  truncateSync(file, Math.max(0, statSync(file).size - leftBytes));
}
