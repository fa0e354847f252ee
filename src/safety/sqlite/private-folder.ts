import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../throwaway/processes.ts';

export type PrivateFolder = {
  file(name: string): string;
  remove(): void;
};

const NAME = /^steadfast-sqlite-(\d+)-/;

/** A temporary folder that only this user can read. What an import that was killed left behind is removed first. */
export function createPrivateFolder(): PrivateFolder {
  for (const entry of readdirSync(tmpdir())) {
    const owner = Number(NAME.exec(entry)?.[1] ?? Number.NaN);
    if (!Number.isNaN(owner) && !isAlive(owner)) remove(join(tmpdir(), entry));
  }
  const folder = mkdtempSync(join(tmpdir(), `steadfast-sqlite-${process.pid}-`));
  const removeAtExit = () => remove(folder);
  process.once('exit', removeAtExit);
  return {
    file: (name) => join(folder, name),
    remove: () => {
      process.off('exit', removeAtExit);
      remove(folder);
    },
  };
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another user's: theirs to remove.
  }
}
