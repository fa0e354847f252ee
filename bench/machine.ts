import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { findPostgres } from '../src/throwaway/postgres-programs.ts';
import { findRedis } from '../src/throwaway/redis-server.ts';
import { findProgram } from '../src/throwaway/shell.ts';

/** What was measured on, for whoever compares figures. */
export type Machine = {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly postgres: string;
  readonly redis: string;
  readonly wrk: string;
  readonly commit: string;
};

export async function thisMachine(): Promise<Machine> {
  const [postgres, redis, wrk] = await Promise.all([findPostgres(), findRedis(), findProgram('wrk')]);
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    postgres: versionOf(postgres?.postgres, ['--version']),
    redis: versionOf(redis, ['--version']),
    wrk: versionOf(wrk, ['-v']),
    commit: printed('git', ['rev-parse', '--short', 'HEAD']) || 'unknown',
  };
}

export function machineInWords(machine: Machine): string {
  const { processors, processor, memoryGb, system, node, postgres, redis, wrk } = machine;
  const versions = Object.entries({ Node: node, PostgreSQL: postgres, Redis: redis, wrk });
  return [
    `${processors} × ${processor}, ${memoryGb} GB, ${system}`,
    ...versions.map(([name, version]) => `${name} ${version}`),
  ].join('; ');
}

/** The first number with a dot in what a program says of itself. */
function versionOf(program: string | undefined, args: readonly string[]): string {
  if (program === undefined) return 'of a container';
  return /\d+\.\d+(?:\.\d+)?/.exec(printed(program, args))?.[0] ?? 'unknown';
}

/** What a program prints on either stream, however it ends: wrk tells its version and fails. */
function printed(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`.trim();
  }
}
