import type { DatabaseAddress } from './database-address.ts';
import type { ConfigurationProblem } from './problems.ts';
import type { Settings } from './settings.ts';

/** The role that may change the schema. */
export type DatabaseOwner = { readonly user: string; readonly password: string };

/** Reads DB_OWNER_USER and DB_OWNER_PASSWORD; undefined where the server's role is the owner too. */
export function readDatabaseOwner(settings: Settings, problems: ConfigurationProblem[]): DatabaseOwner | undefined {
  const { DB_OWNER_USER: user, DB_OWNER_PASSWORD: password } = settings;
  if (user === undefined && password !== undefined) {
    problems.push({
      variable: 'DB_OWNER_USER',
      problem: 'is not set, although DB_OWNER_PASSWORD is',
      remedy: 'Set DB_OWNER_USER to the role that owns the tables, or remove DB_OWNER_PASSWORD.',
    });
  }
  return user === undefined ? undefined : { user, password: password ?? '' };
}

/** The same database by the role that may change its schema: for migrations, backups and restores only. */
export function ownerAddress(
  database: DatabaseAddress & { readonly owner?: DatabaseOwner | undefined },
): DatabaseAddress {
  const { owner, ...address } = database;
  return { ...address, ...owner };
}
