import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { withCleanUp } from './clean-up.ts';
import { databaseNames, dropDatabase, maintenanceAddress } from './maintenance.ts';
import type { BackupManifest, DatabaseLocale } from './manifest.ts';
import { siblingName, siblingTime } from './names.ts';
import { type RoomOptions, restoredBytes, withRoom } from './room.ts';
import { tryLock, unlock, withLock } from './sessions.ts';

/** Databases that are only there while a command runs. */
export type TemporaryPurpose = 'scratch' | 'restore';
const TEMPORARY = ['scratch', 'restore'] as const;

export type TemporaryOptions = RoomOptions & {
  /** The backup that will be restored into it. */
  readonly manifest: BackupManifest;
};

/**
 * Runs `work` with an empty database beside `address`' (and by the same role), created as that of the backup was. It is
 * dropped on every exit: also by Ctrl-C, and after a kill -9 by the next run. The signal aborts when the server is lost,
 * or about to have no room left.
 * @throws {Error} before anything is created, where there is too little room
 */
export function withScratchDatabase<Result>(
  address: DatabaseAddress,
  options: TemporaryOptions,
  work: (scratch: DatabaseAddress, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return withTemporaryDatabase(address, 'scratch', options, work);
}

/** The same for either purpose: what has another name by the end, because it was put in place, stays. */
export function withTemporaryDatabase<Result>(
  address: DatabaseAddress,
  purpose: TemporaryPurpose,
  options: TemporaryOptions,
  work: (database: DatabaseAddress, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const name = siblingName(address.name, purpose);
  const maintain = (change: (client: Client) => Promise<void>) =>
    withConnection(maintenanceAddress(address), change);
  // The lock says that somebody is at work with it, for as long as that somebody lives.
  return withLock(maintenanceAddress(address), { key: name, onHeld: () => {} }, async (signal) => {
    await maintain((client) => dropAbandoned(client, address.name));
    const { manifest } = options;
    return withRoom(address, restoredBytes(manifest), { ...options, signal }, (endsInTime) =>
      withCleanUp(
        () => maintain((client) => dropDatabase(client, name)),
        async () => {
          await maintain((client) => createDatabase(client, name, manifest.database.locale));
          return work({ ...address, name }, endsInTime);
        },
      ),
    );
  });
}

async function createDatabase(client: Client, name: string, locale: DatabaseLocale): Promise<void> {
  const { encoding, provider, collate, ctype } = locale;
  const own =
    provider === 'libc'
      ? ''
      : `locale_provider ${provider} ${provider === 'icu' ? 'icu_locale' : 'builtin_locale'} ${escapeLiteral(locale.locale ?? '')}`;
  await client
    .query(
      `create database ${escapeIdentifier(name)} template template0 encoding ${escapeLiteral(encoding)}
       lc_collate ${escapeLiteral(collate)} lc_ctype ${escapeLiteral(ctype)} ${own}`,
    )
    .catch((error: unknown) => {
      if (!(error instanceof DatabaseError)) throw error;
      if (isUnknownLocale(error)) throw new Error(unknownLocale(locale, error));
      if (error.code !== '42501') throw error;
      const role = client.user ?? '';
      throw new Error(
        `The role ${role} may not create databases, which proving and restoring a backup needs. ` +
          `Say as a superuser: alter role ${escapeIdentifier(role)} createdb`,
      );
    });
}

/** PostgreSQL has no code of its own for it: an object of a wrong kind, a wrong value, or what ICU says. */
function isUnknownLocale({ code, message }: DatabaseError): boolean {
  // Any internal error has the last one.
  return code === '42809' || code === '22023' || (code === 'XX000' && /locale|collat/i.test(message));
}

function unknownLocale({ collate, ctype, locale }: DatabaseLocale, { message }: DatabaseError): string {
  const names = [...new Set([collate, ctype, locale ?? collate])].join(', ');
  return (
    `The database of the backup has the locale ${names}, and this server takes it for none of its own: ${message}. ` +
    'Install it on the server (Debian: a line in /etc/locale.gen, then locale-gen), restart PostgreSQL and run this ' +
    'again; or restore on a server that has it. In another locale texts would be sorted and compared in another way.'
  );
}

/** Drops what killed runs left: temporary databases at which nobody is at work any more. */
async function dropAbandoned(client: Client, database: string): Promise<void> {
  for (const name of await databaseNames(client)) {
    if (!TEMPORARY.some((purpose) => siblingTime(database, purpose, name) !== undefined)) continue;
    if (!(await tryLock(client, name))) continue;
    await dropDatabase(client, name);
    await unlock(client, name);
  }
}
