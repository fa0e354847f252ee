import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const LINUX = existsSync('/proc/self/stat');

/** True while a process exists and is not merely waiting for its parent to notice that it ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  if (!LINUX) return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^.*\) [ZX] /s.test(stat);
  } catch {
    return false;
  }
}

/** Sends a signal to each of them that still exists. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended in the meantime, which is what we want.
    }
  }
}

/** Process ids of the direct children. */
export function children(pid: number): number[] {
  try {
    const listed = LINUX
      ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      : execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
    return listed.split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** One line of shell that sends a signal to a server, named by its pid file, and to its children. */
export function signalCommand(signal: 'KILL' | 'STOP' | 'CONT', pidFile: string): string {
  const children = LINUX ? '$(cat /proc/$p/task/$p/children)' : '$(pgrep -P $p)';
  // A child that ended since it was listed is no failure; a server that is not there is one.
  return `p=$(head -1 ${pidFile}); c="${children}"; kill -${signal} $p && { kill -${signal} $c 2>/dev/null || true; }`;
}
