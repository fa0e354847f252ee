import { readFileSync } from 'node:fs';
import { children } from '../../src/throwaway/processes.ts';
import { run } from '../../src/throwaway/shell.ts';

/** Linux counts the time of processes in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

/**
 * The processor time in milliseconds that a process and its workers have used so far, all their threads; undefined where
 * nobody says.
 */
export function cpuTimeMs(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    return [pid, ...children(pid)].reduce((sum, each) => sum + ownTimeMs(each), 0);
  } catch {
    return undefined;
  }
}

/** The same of each worker of a process by itself; empty where nobody says. */
export function workerTimesMs(pid: number | undefined): number[] {
  try {
    return children(pid ?? 0).map(ownTimeMs);
  } catch {
    return [];
  }
}

function ownTimeMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may hold anything; the state comes next, and user and system time eleven fields later.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The resident memory of a process, in bytes. */
export async function residentBytes(pid: number | undefined): Promise<number> {
  return 1024 * Number(await run('ps', ['-o', 'rss=', '-p', String(pid)]));
}
