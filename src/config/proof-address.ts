import Value from 'typebox/value';
import { type DatabaseAddress, readDatabaseAddress } from './database-address.ts';
import type { ConfigurationProblem } from './problems.ts';
import { type Settings, settingsSchema } from './settings.ts';

/** Reads BACKUP_PROOF_URL, which is encrypted as DB_TLS says unless it says so itself; undefined where it is not set. */
export function readProofAddress(
  { BACKUP_PROOF_URL: url, DB_TLS, DB_TLS_CA_FILE }: Settings,
  problems: ConfigurationProblem[],
): DatabaseAddress | undefined {
  if (url === undefined) return undefined;
  // As if it were the one database, about which everything is known that can be wrong with a URL.
  const alone = Value.Default(settingsSchema, {
    DATABASE_URL: url,
    ...(DB_TLS !== undefined && { DB_TLS }),
    ...(DB_TLS_CA_FILE !== undefined && { DB_TLS_CA_FILE }),
  });
  const found: ConfigurationProblem[] = [];
  const address = readDatabaseAddress(Value.Parse(settingsSchema, alone), found);
  const renamed = (text: string) => text.replaceAll('DATABASE_URL', 'BACKUP_PROOF_URL');
  problems.push(
    ...found.map(({ variable, problem, remedy }) => ({
      variable: renamed(variable),
      problem: renamed(problem),
      remedy: renamed(remedy),
    })),
  );
  return address;
}
