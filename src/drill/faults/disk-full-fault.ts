import { chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, run } from '../../throwaway/shell.ts';
import { ask, type Stage } from '../stage.ts';
import { type Fault, type Lift, ORDINARY, POSTGRES_ILL } from './fault.ts';

const SIZE = '48m';
const MOVE_LIMIT_MS = 5000;
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
    await moveTables(url, 'disk');
    lift = async () => {
      rmSync(join(folder, 'filler'));
      await moveTables(url, 'pg_default');
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

const TABLES_AND_INDEXES = `
select case relkind when 'r' then 'table' else 'index' end as kind, relname as name
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')`;

/** One after the other, because all at once would take their locks in an order that deadlocks with those who write. */
async function moveTables(url: string, to: 'disk' | 'pg_default'): Promise<void> {
  for (const { kind, name } of await ask(url, TABLES_AND_INDEXES)) {
    await eventually(() => ask(url, `alter ${kind} ${name} set tablespace ${to}`), MOVE_LIMIT_MS);
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
