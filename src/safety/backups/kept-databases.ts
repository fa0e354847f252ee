import type { Client } from 'pg';
import { databaseNames, dropDatabase } from './maintenance.ts';
import { siblingTime } from './names.ts';

/** A database that a restore replaced. */
export type KeptDatabase = { readonly name: string; readonly replacedAt: Date };

/** The databases that restores replaced, newest first. */
export async function keptDatabases(client: Client, database: string): Promise<KeptDatabase[]> {
  return (await databaseNames(client))
    .flatMap((name) => {
      const replacedAt = siblingTime(database, 'before_restore', name);
      return replacedAt === undefined ? [] : [{ name, replacedAt }];
    })
    .sort((a, b) => b.replacedAt.getTime() - a.replacedAt.getTime());
}

/** Drops those of them that were replaced before that moment; returns their names. */
export async function dropKeptBefore(client: Client, database: string, moment: Date): Promise<string[]> {
  const old = (await keptDatabases(client, database)).filter(({ replacedAt }) => replacedAt < moment);
  for (const { name } of old) await dropDatabase(client, name);
  return old.map(({ name }) => name);
}
