import { escapeIdentifier } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import { messageOf } from '../error-message.ts';
import { BackupDamaged } from './manifest.ts';
import type { Backup } from './store.ts';
import { ToolFailed } from './tools.ts';

/** What only a server, a connection or a machine says. Most of it is the client library's, which speaks English. */
const NOT_OF_THE_BACKUP = new RegExp(
  [
    'connection to server|closed the connection|terminating connection|no connection to the server|connection not open',
    'could not (send|receive) data|SSL SYSCALL|too many (clients|connections)|shutting down|starting up|recovery mode',
    'No space left|quota exceeded|could not (extend|write|fsync|create) file|out of (shared )?memory|canceling statement',
    'unsupported version \\(|unrecognized configuration parameter',
    'permission denied|must be (owner|superuser|member)|extension control file|extension ".*" is not available|tablespace ".*"',
  ].join('|'),
);

/** What PostgreSQL says of rows when it adds the constraint that they break: the dump is as it was written. */
const BROKEN_CONSTRAINT = new RegExp(
  [
    'violates .*constraint|is violated by some row|contains null values',
    'could not create (unique index|exclusion constraint)',
  ].join('|'),
);

/** Somebody ended it; a program that breaks at what it reads ends by other signals. */
const ENDED_BY_OTHERS: ReadonlySet<NodeJS.Signals | null> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']);

/**
 * Why pg_restore failed: a BackupDamaged where that is the backup's fault, else an error that says nothing about it. A
 * good backup that is called bad is not used when it is needed.
 */
export async function explainFailure(error: unknown, empty: DatabaseAddress, { name }: Backup): Promise<Error> {
  const reason = messageOf(error);
  const what = `The backup ${name} could not be restored: ${reason}`;
  const remedy = remedyFor(reason);
  if (remedy !== undefined) return new Error(`${what} ${remedy}`);
  const isOfTheBackup =
    error instanceof ToolFailed &&
    !ENDED_BY_OTHERS.has(error.killedBy) &&
    !NOT_OF_THE_BACKUP.test(reason) &&
    (await canBeWritten(empty));
  if (isOfTheBackup && BROKEN_CONSTRAINT.test(reason)) {
    return new BackupDamaged(
      name,
      `when it was taken, the database had rows that break its constraints: ${reason} Use an older backup. ` +
        'Which rows the database has now that do: npm run doctor -- --data',
      'cannot be restored',
    );
  }
  return isOfTheBackup
    ? new BackupDamaged(name, `PostgreSQL does not take it: ${reason} Use another backup.`)
    : new Error(`${what} That says nothing about the backup. Look at the server, then run this again.`);
}

const SOME_MEGABYTES = 'select repeat(md5(n::text), 32) as text from generate_series(1, 8192) as n';

/** Whether the server takes any data at all: asked in this way, because what it says may be in any language. */
function canBeWritten(empty: DatabaseAddress): Promise<boolean> {
  return withConnection(empty, async (client) => {
    await client.query(`begin; create table public.probe_of_steadfast as ${SOME_MEGABYTES}; rollback`);
  }).then(
    () => true,
    () => false,
  );
}

function remedyFor(reason: string): string | undefined {
  const extension = /permission denied to create extension "(.*?)"/.exec(reason)?.[1];
  if (extension !== undefined) {
    return (
      `Only a superuser can create ${extension}. Restore with DB_OWNER_USER set to one; or, if no table needs it, ` +
      `drop it where it is (drop extension ${extension}) and take another backup.`
    );
  }
  const role = /role "(.*?)" does not exist/.exec(reason)?.[1];
  if (role === undefined) return undefined;
  return (
    `Something in it is granted to ${role}. As a superuser: create role ${escapeIdentifier(role)}; ` +
    'sql/roles.sql makes the roles of Steadfast, its head says how. Then run this again.'
  );
}
