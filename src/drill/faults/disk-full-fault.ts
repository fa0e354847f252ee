import { chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../throwaway/shell.ts';
import { ask, type Stage } from '../stage.ts';
import { type Fault, type Lift, ORDINARY, POSTGRES_ILL } from './fault.ts';

const SIZE = '48m';
const PIECE = Buffer.alloc(64 * 1024, 'x');

/** A small file system of its own holds all tables for a while, and is filled to the last byte. */
export const diskFull: Fault = {
  ...ORDINARY,
  name: 'postgres-disk-full',
  sentence: 'The disk that holds the tables of PostgreSQL is full: nothing can be added to them.',
  expected: POSTGRES_ILL,
  obstacle,
  begin: async ({ stage }) => fill(stage),
};

async function obstacle(stage: Stage): Promise<string | undefined> {
  if (stage.postgresPid() === undefined) return 'PostgreSQL runs in Docker here.';
  const folder = join(stage.servers.folder, 'try-mount');
  try {
    await mount(folder);
    await unmount(folder);
    return undefined;
  } catch {
    return 'a disk that can be filled needs the right to mount one (root on Linux, outside of a container).';
  }
}

async function fill(stage: Stage): Promise<Lift> {
  const { url } = stage.servers.postgres;
  const folder = join(stage.servers.folder, 'disk');
  await mount(folder);
  let lift: Lift = () => unmount(folder);
  try {
    const { uid, gid } = statSync(stage.servers.folder);
    chownSync(folder, uid, gid);
    await ask(url, `create tablespace disk location '${folder}'`);
    await moveTables(url, 'pg_default', 'disk');
    lift = async () => {
      rmSync(join(folder, 'filler'));
      await moveTables(url, 'disk', 'pg_default');
      await ask(url, 'drop tablespace disk');
      await unmount(folder);
    };
    fillUp(join(folder, 'filler'));
    return lift;
  } catch (error) {
    await lift();
    throw error;
  }
}

async function moveTables(url: string, from: string, to: string): Promise<void> {
  for (const kind of ['table', 'index']) {
    await ask(url, `alter ${kind} all in tablespace ${from} set tablespace ${to}`);
  }
}

function fillUp(file: string): void {
  for (let size = PIECE.length; size > 0; ) {
    try {
      writeFileSync(file, PIECE.subarray(0, size), { flag: 'a' });
    } catch {
      // No room for so much; perhaps for half of it.
      size = Math.floor(size / 2);
    }
  }
}

async function mount(folder: string): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]).catch((error: unknown) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
}

async function unmount(folder: string): Promise<void> {
  await run('umount', ['--lazy', folder]);
  rmSync(folder, { recursive: true });
}
