import { readFileSync } from 'node:fs';
import { type HostPort, parseHosts } from './host-list.ts';
import { type DatabasePlace, readDirectAddress } from './pooler.ts';
import { type ConfigurationProblem, maskUrl } from './problems.ts';
import type { Settings } from './settings.ts';

export type DatabaseTls = { readonly mode: 'disable' | 'require' | 'verify-full'; readonly ca?: string };

/** Where PostgreSQL is and who we are there. */
export type DatabaseAddress = {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly tls: DatabaseTls;
  /** Where the primary may be: `host` and `port` first, then the others of DB_HOST. */
  readonly hosts: readonly [HostPort, ...HostPort[]];
  /** Set where these are the hosts of a pooler: where PostgreSQL itself is. */
  readonly direct?: DatabasePlace;
  /** Where the disk of the one host can be seen from here, if somebody says so. */
  readonly dataFolder?: string;
};

const ONE_DATABASE = 'Set DATABASE_URL=postgres://user:password@host:5432/database.';

/**
 * Reads the one database from DATABASE_URL or from DB_HOST, DB_NAME, DB_USER, DB_PASSWORD and DB_PORT.
 * Both forms may be given as long as they agree. Problems are appended to `problems`; the result is
 * undefined when there is no usable address.
 */
export function readDatabaseAddress(
  settings: Settings,
  problems: ConfigurationProblem[],
): DatabaseAddress | undefined {
  const before = problems.length;
  const parts =
    settings.DATABASE_URL === undefined
      ? partsFromVariables(settings, problems)
      : partsFromUrl(settings.DATABASE_URL, settings, problems);
  if (parts === undefined || problems.length > before) return undefined;
  const tls = readTls(settings, parts.tlsMode, problems);
  if (tls === undefined) return undefined;
  const { host, port, name, user, password, hosts } = parts;
  const direct = readDirectAddress(settings, { hosts, tlsMode: tls.mode }, problems);
  const dataFolder = settings.DB_DATA_DIR;
  if (dataFolder !== undefined && (direct?.hosts ?? hosts).length > 1) {
    problems.push({
      variable: 'DB_DATA_DIR',
      problem: 'is set although any of several hosts may be the primary, so it is not clear whose disk that is',
      remedy: 'Leave it out, or name one host of PostgreSQL.',
    });
  }
  return {
    host,
    port,
    name,
    user,
    password,
    hosts,
    tls,
    ...(direct && { direct }),
    ...(dataFolder && { dataFolder }),
  };
}

type Parts = Omit<DatabaseAddress, 'tls' | 'direct' | 'dataFolder'> & { tlsMode: DatabaseTls['mode'] | undefined };

function partsFromVariables(settings: Settings, problems: ConfigurationProblem[]): Parts | undefined {
  const { DB_HOST: host, DB_NAME: name, DB_USER: user } = settings;
  if (host === undefined && name === undefined && user === undefined) {
    problems.push({
      variable: 'DATABASE_URL',
      problem: 'no database is named: neither DATABASE_URL nor DB_HOST, DB_NAME and DB_USER are set',
      remedy: `Run ./setup-dev.sh, which starts PostgreSQL in Docker and writes .env. Or: ${ONE_DATABASE}`,
    });
    return undefined;
  }
  for (const [variable, value] of Object.entries({ DB_HOST: host, DB_NAME: name, DB_USER: user })) {
    if (value === undefined) {
      problems.push({
        variable,
        problem: 'is not set, although other DB_ settings are',
        remedy: `Set ${variable} too, or set only DATABASE_URL.`,
      });
    }
  }
  if (host === undefined || name === undefined || user === undefined) return undefined;
  if (/:\/\/|@/.test(host)) {
    problems.push({
      variable: 'DB_HOST',
      problem: `is a URL (${maskUrl(host)}), not a host name`,
      remedy: 'Set DB_HOST to the host alone, or move the URL to DATABASE_URL.',
    });
    return undefined;
  }
  const hosts = parseHosts(host, settings.DB_PORT ?? 5432);
  if (hosts === undefined) {
    problems.push({
      variable: 'DB_HOST',
      problem: `is "${maskUrl(host)}", which is neither a host nor hosts separated by commas`,
      remedy: 'Set it to the host of PostgreSQL, or to all that may be the primary: db1,db2:5433.',
    });
    return undefined;
  }
  return {
    ...hosts[0],
    hosts,
    name,
    user,
    password: settings.DB_PASSWORD ?? '',
    tlsMode: settings.DB_TLS,
  };
}

function partsFromUrl(text: string, settings: Settings, problems: ConfigurationProblem[]): Parts | undefined {
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    problems.push({
      variable: 'DATABASE_URL',
      problem: `is "${maskUrl(text)}", which is not a PostgreSQL URL`,
      remedy: `Steadfast runs on PostgreSQL only and has no other database to fall back to. ${ONE_DATABASE}`,
    });
    return undefined;
  }
  let url: URL;
  let parts: Parts;
  try {
    url = parseUrl(text);
    const place = { host: hostOf(url), port: url.port === '' ? 5432 : Number(url.port) };
    parts = {
      ...place,
      hosts: [place],
      name: decodeURIComponent(url.pathname.slice(1)),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      tlsMode: undefined,
    };
  } catch {
    problems.push({
      variable: 'DATABASE_URL',
      problem: 'cannot be read as a URL',
      remedy: `${ONE_DATABASE} Characters such as @ : / # % in the password must be percent-encoded.`,
    });
    return undefined;
  }
  for (const [what, value] of Object.entries({ host: parts.host, database: parts.name, user: parts.user })) {
    if (value === '') {
      problems.push({
        variable: 'DATABASE_URL',
        problem: `names no ${what}: "${maskUrl(text)}"`,
        remedy: ONE_DATABASE,
      });
    }
  }
  parts.tlsMode = tlsModeFromUrl(url, settings, problems);
  compareForms(parts, settings, problems);
  return parts;
}

/** Stands where a URL has a user and no host: postgres://user@/database?host=/run/postgresql. */
const NO_HOST = '.';

/** @throws {TypeError} also where a password with an unencoded / ? or # makes it the URL of something else */
function parseUrl(text: string): URL {
  const afterScheme = text.slice(text.indexOf('//') + 2);
  if (/[/?#].*@|#/.test(afterScheme)) throw new TypeError('not percent-encoded');
  return new URL(text.replace(/@(?=[:/?])/, `@${NO_HOST}`));
}

function hostOf(url: URL): string {
  const host = url.hostname === NO_HOST ? '' : decodeURIComponent(url.hostname);
  return url.searchParams.get('host') ?? host.replace(/^\[|\]$/g, '');
}

function tlsModeFromUrl(
  url: URL,
  settings: Settings,
  problems: ConfigurationProblem[],
): DatabaseTls['mode'] | undefined {
  if ([...url.searchParams.keys()].some((name) => name !== 'sslmode' && name !== 'host')) {
    // Not by name: after password=a&b the name is half of the password.
    problems.push({
      variable: 'DATABASE_URL',
      problem: 'carries parameters that Steadfast does not know',
      remedy: 'Remove them. Known are host and sslmode; everything else has a setting of its own.',
    });
  }
  const sslmode = url.searchParams.get('sslmode');
  if (sslmode === null) return settings.DB_TLS;
  const mode = { disable: 'disable', require: 'require', 'verify-full': 'verify-full' } as const;
  if (!Object.hasOwn(mode, sslmode)) {
    problems.push({
      variable: 'DATABASE_URL',
      problem: `asks for sslmode=${sslmode}, which leaves open whether the connection is encrypted and with whom`,
      remedy: 'Use sslmode=disable, require or verify-full.',
    });
    return settings.DB_TLS;
  }
  const named = mode[sslmode as keyof typeof mode];
  if (settings.DB_TLS !== undefined && settings.DB_TLS !== named) {
    problems.push(disagreement('DB_TLS'));
  }
  return named;
}

function compareForms(parts: Parts, settings: Settings, problems: ConfigurationProblem[]): void {
  const pairs = [
    ['DB_HOST', settings.DB_HOST, parts.host],
    ['DB_PORT', settings.DB_PORT, parts.port],
    ['DB_NAME', settings.DB_NAME, parts.name],
    ['DB_USER', settings.DB_USER, parts.user],
    ['DB_PASSWORD', settings.DB_PASSWORD, parts.password],
  ] as const;
  for (const [variable, fromVariable, fromUrl] of pairs) {
    if (fromVariable !== undefined && fromVariable !== fromUrl) problems.push(disagreement(variable));
  }
}

function disagreement(variable: string): ConfigurationProblem {
  return {
    variable,
    problem: 'says something else than DATABASE_URL does, so it is not clear which database is meant',
    remedy: `Remove ${variable} or DATABASE_URL (look in the environment and in .env), or make them agree.`,
  };
}

function readTls(
  settings: Settings,
  mode: DatabaseTls['mode'] = 'disable',
  problems: ConfigurationProblem[],
): DatabaseTls | undefined {
  if (settings.DB_TLS_CA_FILE === undefined) return { mode };
  try {
    return { mode, ca: readFileSync(settings.DB_TLS_CA_FILE, 'utf8') };
  } catch (error) {
    problems.push({
      variable: 'DB_TLS_CA_FILE',
      problem: `cannot be read (${error instanceof Error ? error.message : String(error)})`,
      remedy: 'Name a readable file with the certificate authority in PEM form, or leave it out.',
    });
    return undefined;
  }
}

/**
 * The address of PostgreSQL itself, past a pooler: for whatever needs a session of its own (advisory locks, settings,
 * dumps) rather than single transactions.
 */
export function directAddress(address: DatabaseAddress): DatabaseAddress {
  const { direct, ...rest } = address;
  if (direct === undefined) return address;
  const { hosts, tlsMode: mode } = direct;
  return { ...rest, ...hosts[0], hosts, tls: { ...address.tls, mode } };
}

/** The address as node-postgres takes it. Every connection of Steadfast starts from here. */
export function connectionOptions(address: DatabaseAddress) {
  const { tls } = address;
  const ssl =
    tls.mode === 'disable'
      ? false
      : { rejectUnauthorized: tls.mode === 'verify-full', ...(tls.ca !== undefined && { ca: tls.ca }) };
  return {
    host: address.host,
    port: address.port,
    database: address.name,
    user: address.user,
    password: address.password,
    ssl,
  };
}
