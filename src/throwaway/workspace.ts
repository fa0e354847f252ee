import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { children, isAlive, signal } from './processes.ts';
import type { Identity } from './shell.ts';

/** A temporary folder that belongs to this process; `remove` leaves nothing. */
export type Workspace = { readonly folder: string; readonly identity: Identity | undefined; remove(): void };

/** Where whoever starts Steadfast itself in a workspace notes its process id. */
export const SERVER_PID_FILE = 'server.pid';

const MOUNTS = '/proc/self/mounts';
const NAME = /^steadfast-[a-z]+-(\d+)-/;

/**
 * Makes a workspace whose name carries our process id, so that a later run can tell whether its owner
 * still lives. As root it belongs to an ordinary user, because PostgreSQL refuses to run as root.
 */
export function createWorkspace(purpose: string): Workspace {
  removeAbandoned();
  const folder = mkdtempSync(join(tmpdir(), `steadfast-${purpose}-${process.pid}-`));
  const identity = ordinaryUser();
  if (identity !== undefined) chownSync(folder, identity.uid, identity.gid);
  return { folder, identity, remove: () => removeFolder(folder) };
}

/** Ends and removes what runs that were killed with SIGKILL could not clean up themselves. */
export function removeAbandoned(): void {
  for (const entry of readdirSync(tmpdir())) {
    const owner = Number(NAME.exec(entry)?.[1] ?? Number.NaN);
    if (Number.isNaN(owner) || isAlive(owner)) continue;
    const folder = join(tmpdir(), entry);
    try {
      signal(
        serversIn(folder).flatMap((server) => [...children(server), server]),
        'SIGKILL',
      );
      removeFolder(folder);
    } catch {
      // Another user's: theirs to remove.
    }
  }
}

/** Removes a folder, and before that what is mounted in it: a small disk that was to run full. */
function removeFolder(folder: string): void {
  for (const mounted of mountsIn(folder)) execFileSync('umount', ['--lazy', mounted]);
  // Processes that were ended a moment ago may still be writing their last.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

function mountsIn(folder: string): string[] {
  if (!existsSync(MOUNTS)) return [];
  const places = readFileSync(MOUNTS, 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return places.filter((place) => place.startsWith(`${folder}/`));
}

/** Process ids named in pid files of the workspace and its folders, if they still belong to a server that works there. */
function serversIn(folder: string): number[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const pidFiles = [folder, ...folders.map(({ name }) => join(folder, name))].flatMap((inner) =>
    readdirSync(inner)
      .filter((name) => name.endsWith('.pid'))
      .map((name) => join(inner, name)),
  );
  return pidFiles.flatMap((file) => {
    try {
      const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ? [pid] : [];
    } catch {
      return [];
    }
  });
}

function ordinaryUser(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }] as const),
  );
  return users.get('postgres') ?? users.get('nobody') ?? { uid: 65534, gid: 65534 };
}
