import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOTS = [
  '/usr/lib/postgresql',
  '/usr/local/lib/postgresql',
  '/opt/homebrew/opt',
  '/Applications/Postgres.app/Contents/Versions',
];

/** Folders outside PATH in which Debian and others keep the programs of each PostgreSQL version. Newest first. */
export async function postgresFolders(): Promise<string[]> {
  const folders: string[] = [];
  for (const root of ROOTS) {
    const versions = await readdir(root).catch(() => []);
    versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    folders.push(...versions.map((version) => join(root, version, 'bin')));
  }
  const ofRedHat = (await readdir('/usr').catch(() => [])).filter((name) => /^pgsql-\d+$/.test(name));
  return [...folders, ...ofRedHat.map((name) => join('/usr', name, 'bin'))];
}
