import { statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../throwaway/shell.ts';
import { canMount, mountSmallDisk } from '../../throwaway/small-disk.ts';
import { ask } from '../ask.ts';
import type { Stage } from '../stage.ts';
import { type Fault, type Lift, ORDINARY, POSTGRES_ILL } from './fault.ts';

const SIZE = '48m';
const MOVE_LIMIT_MS = 5000;

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
  return (await canMount(join(stage.servers.folder, 'try-mount')))
    ? undefined
    : 'a disk that can be filled needs the right to mount one (root on Linux, outside of a container).';
}

async function fill(stage: Stage): Promise<Lift> {
  const { url } = stage.servers.postgres;
  const { uid, gid } = statSync(stage.servers.folder);
  const disk = await mountSmallDisk(join(stage.servers.folder, 'disk'), SIZE, { uid, gid });
  let lift: Lift = () => disk.unmount();
  try {
    await ask(url, `create tablespace disk location '${disk.folder}'`);
    await moveTables(url, 'disk');
    lift = async () => {
      disk.makeRoom();
      await moveTables(url, 'pg_default');
      await ask(url, 'drop tablespace disk');
      await disk.unmount();
    };
    disk.fill();
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
