import { newestBackup } from './store.ts';

/** How many rows each table had in the newest backup; none where there is no backup, or none that can be read here. */
export async function newestRowCounts(folder: string, database: string): Promise<Record<string, number>> {
  const backup = await newestBackup(folder, database).catch(() => undefined);
  const tables = backup?.manifest.contents.tables ?? [];
  return Object.fromEntries(tables.map(({ name, rows }) => [name.replace(/^public\./, ''), rows]));
}
