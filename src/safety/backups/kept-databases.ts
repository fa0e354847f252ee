import { type Client, DatabaseError } from 'pg';
import { isAhead, readClock } from './clock.ts';
import { databaseNames, dropDatabase, OBJECT_IN_USE, renameDatabase } from './maintenance.ts';
import { type KeptPurpose, siblingName, siblingTime } from './names.ts';

/** A database that was replaced: by a restore, or by undoing one. */
export type KeptDatabase = {
  readonly name: string;
  readonly purpose: KeptPurpose;
  readonly replacedAt: Date;
};

const PURPOSES: readonly KeptPurpose[] = ['before_restore', 'undone'];

/** The databases that restores and their undoing replaced, newest first: the first one says what was done last. */
export async function keptDatabases(client: Client, database: string): Promise<KeptDatabase[]> {
  return (await databaseNames(client))
    .flatMap((name) =>
      PURPOSES.flatMap((purpose) => {
        const replacedAt = siblingTime(database, purpose, name);
        return replacedAt === undefined ? [] : [{ name, purpose, replacedAt }];
      }),
    )
    .sort((a, b) => b.replacedAt.getTime() - a.replacedAt.getTime());
}

/** The name for what is replaced now, by PostgreSQL's clock: later than all that are kept, whatever that says. */
export async function nameForReplaced(client: Client, database: string, purpose: KeptPurpose): Promise<string> {
  const [newest] = await keptDatabases(client, database);
  const now = await readClock(client);
  const at = Math.max(now.getTime(), (newest?.replacedAt.getTime() ?? 0) + 1);
  return siblingName(database, purpose, new Date(at));
}

/**
 * Gives those whose names a clock made that was ahead names of now, in the order they have: by theirs they
 * would be kept for as long as that clock was ahead. One that somebody is connected to waits for the next time.
 */
export async function correctNamesOfTheFuture(client: Client, database: string, now: Date): Promise<void> {
  const ahead = (await keptDatabases(client, database)).filter(({ replacedAt }) => isAhead(replacedAt, now));
  for (const [index, { name, purpose }] of ahead.entries()) {
    await renameDatabase(client, name, siblingName(database, purpose, new Date(now.getTime() - index))).catch(
      (error: unknown) => {
        if (!(error instanceof DatabaseError) || error.code !== OBJECT_IN_USE) throw error;
      },
    );
  }
}

/** Drops those of them that were replaced before that moment; returns their names. */
export async function dropKeptBefore(client: Client, database: string, moment: Date): Promise<string[]> {
  const old = (await keptDatabases(client, database)).filter(({ replacedAt }) => replacedAt < moment);
  for (const { name } of old) await dropDatabase(client, name);
  return old.map(({ name }) => name);
}
