import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { findProgram, run } from './shell.ts';

/** What is missed, by the name people know it by: its package. */
export const PACKAGES = {
  postgres: 'postgresql',
  redis: 'redis-server',
  pgbouncer: 'pgbouncer',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  amtool: 'prometheus-alertmanager',
  chromium: 'chromium',
  shellcheck: 'shellcheck',
  wrk: 'wrk',
} as const;

export type Missing = keyof typeof PACKAGES;

/** The words that make apt-get run with the rights it needs, or undefined when we may not install. */
export async function aptGet(): Promise<string[] | undefined> {
  const program = await findProgram('apt-get');
  if (program === undefined) return undefined;
  if (process.getuid?.() === 0) return [program];
  const mayUseSudo = await run('sudo', ['-n', 'true']).then(
    () => true,
    () => false,
  );
  return mayUseSudo ? ['sudo', '-n', program] : undefined;
}

/** What a person would type to install what is missing. */
export function installCommand(missing: readonly Missing[]): string {
  return `apt-get install --yes --no-install-recommends ${packagesOf(missing).join(' ')}`;
}

/**
 * Installs what is missing from Debian's packages, without letting the packages start services or
 * create a cluster: we start servers of our own and want nothing else running.
 */
export async function installPackages(apt: readonly string[], missing: readonly Missing[]): Promise<void> {
  const [program = 'apt-get', ...before] = apt;
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const quietly = { environment, timeoutMs: 600_000 };
  const restore = process.getuid?.() === 0 ? holdBackServices() : () => {};
  try {
    await run(program, [...before, 'update', '-qq'], quietly);
    await run(
      program,
      [...before, 'install', '-qq', '--yes', '--no-install-recommends', ...packagesOf(missing)],
      quietly,
    );
  } finally {
    restore();
  }
}

function packagesOf(missing: readonly Missing[]): string[] {
  return [...new Set(missing.map((name) => PACKAGES[name]))];
}

/** Debian's two switches for that: policy-rc.d (deb-systemd-invoke) and postgresql-common's createcluster. */
function holdBackServices(): () => void {
  const policy = '/usr/sbin/policy-rc.d';
  const clusterFolder = '/etc/postgresql-common/createcluster.d';
  const cluster = `${clusterFolder}/steadfast.conf`;
  const written: string[] = [];
  mkdirSync(clusterFolder, { recursive: true });
  for (const [path, content, mode] of [
    [policy, '#!/bin/sh\nexit 101\n', 0o755],
    [cluster, 'create_main_cluster = false\n', 0o644],
  ] as const) {
    try {
      writeFileSync(path, content, { mode, flag: 'wx' });
      written.push(path);
    } catch {
      // One of the machine's own is there already; it stays.
    }
  }
  return () => {
    for (const path of written) rmSync(path, { force: true });
  };
}
