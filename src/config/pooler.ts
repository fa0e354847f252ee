import { formatHost, type HostPort, parseHosts } from './host-list.ts';
import { type ConfigurationProblem, maskUrl } from './problems.ts';
import type { Settings } from './settings.ts';

/** Where the database is reached and how the connections are encrypted. */
export type DatabasePlace = {
  readonly hosts: readonly [HostPort, ...HostPort[]];
  readonly tlsMode: NonNullable<Settings['DB_TLS']>;
};

const DIRECT_PORT = 5432;
const FORM = 'Set it to the host of PostgreSQL, or to all that may be the primary: db1,db2:5433.';

/**
 * Reads where PostgreSQL is behind the pooler at `pooled`; undefined without a pooler, and where it is not clear.
 * Problems are appended to `problems`.
 */
export function readDirectAddress(
  settings: Settings,
  pooled: DatabasePlace,
  problems: ConfigurationProblem[],
): DatabasePlace | undefined {
  const { DB_POOLER: pooler, DB_DIRECT_HOST: text, DB_DIRECT_TLS: tlsMode = pooled.tlsMode } = settings;
  if (pooler === 'none') {
    problems.push(...withoutPooler(settings));
    return undefined;
  }
  const complain = (problem: string, remedy: string) =>
    problems.push({ variable: 'DB_DIRECT_HOST', problem, remedy });
  if (text === undefined) {
    complain(
      'is not set, but migrations, backups and the watch over the schema cannot go through PgBouncer',
      `${FORM} Name, user and password are those of the connection through PgBouncer.`,
    );
    return undefined;
  }
  const hosts = parseHosts(text, DIRECT_PORT);
  if (hosts === undefined) {
    complain(`is "${maskUrl(text)}", which is neither a host nor hosts separated by commas`, FORM);
    return undefined;
  }
  const places = new Set(pooled.hosts.map(formatHost));
  const same = hosts.map(formatHost).find((place) => places.has(place));
  if (same !== undefined) {
    complain(`names ${same}, which is the address of PgBouncer itself`, FORM);
    return undefined;
  }
  return { hosts, tlsMode };
}

function withoutPooler(settings: Settings): ConfigurationProblem[] {
  return (['DB_DIRECT_HOST', 'DB_DIRECT_TLS'] as const)
    .filter((variable) => settings[variable] !== undefined)
    .map((variable) => ({
      variable,
      problem: 'is set, but DB_POOLER is none, so there is nothing to go round',
      remedy: `Set DB_POOLER=pgbouncer, or remove ${variable}.`,
    }));
}
