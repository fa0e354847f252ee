import { formatHost, type HostPort, parseHosts } from './host-list.ts';
import { type ConfigurationProblem, maskUrl } from './problems.ts';
import type { Settings } from './settings.ts';

/** Which servers Redis is: one, the one that sentinels name as master, or the masters of a cluster. */
export type RedisServers =
  | ({ readonly kind: 'single' } & HostPort)
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly HostPort[];
      /** What the sentinels call the master. */
      readonly master: string;
      readonly sentinelPassword: string | undefined;
    }
  | {
      readonly kind: 'cluster';
      /** Some of its servers; they name the others. */
      readonly nodes: readonly HostPort[];
    };

/** Where Redis is and who we are there. */
export type RedisAddress = {
  readonly servers: RedisServers;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
};

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;

/**
 * Reads Redis from REDIS_URL or REDIS_HOST and so on (both may be given if they agree), or from REDIS_SENTINELS, or from
 * REDIS_CLUSTER. Problems are appended to `problems`; the result is undefined when there is no usable address.
 */
export function readRedisAddress(settings: Settings, problems: ConfigurationProblem[]): RedisAddress | undefined {
  problems.push(...sentinelProblems(settings));
  return settings.REDIS_SENTINELS === undefined && settings.REDIS_CLUSTER === undefined
    ? singleServer(settings, problems)
    : severalServers(settings, problems);
}

/** The hosts that are named, each once. */
export function redisHosts({ servers }: RedisAddress): string[] {
  return [...new Set(placesOf(servers).map(({ host }) => host))];
}

/** Which Redis is meant, for people. */
export function describeRedis({ servers }: RedisAddress): string {
  const places = placesOf(servers).map(formatHost).join(', ');
  if (servers.kind === 'sentinel') return `${servers.master}, as the sentinels say (${places})`;
  return servers.kind === 'cluster' ? `the cluster of ${places}` : places;
}

function placesOf(servers: RedisServers): readonly HostPort[] {
  if (servers.kind === 'sentinel') return servers.sentinels;
  return servers.kind === 'cluster' ? servers.nodes : [servers];
}

function severalServers(settings: Settings, problems: ConfigurationProblem[]): RedisAddress | undefined {
  const form = settings.REDIS_SENTINELS === undefined ? 'REDIS_CLUSTER' : 'REDIS_SENTINELS';
  const others = ['REDIS_URL', 'REDIS_HOST', 'REDIS_PORT', 'REDIS_CLUSTER'] as const;
  for (const variable of others.filter((name) => name !== form && settings[name] !== undefined)) {
    problems.push({
      variable,
      problem: `names another Redis than ${form} does, so it is not clear which one is meant`,
      remedy: `Remove ${variable} or ${form} (look in the environment and in .env).`,
    });
  }
  const servers =
    form === 'REDIS_SENTINELS' ? serversOfSentinels(settings, problems) : serversOfCluster(settings, problems);
  if (servers === undefined) return undefined;
  return { servers, ...credentials(settings) };
}

function serversOfSentinels(settings: Settings, problems: ConfigurationProblem[]): RedisServers | undefined {
  const sentinels = readHosts('REDIS_SENTINELS', settings, SENTINEL_PORT, problems);
  const { REDIS_SENTINEL_MASTER: master, REDIS_SENTINEL_PASSWORD: sentinelPassword } = settings;
  if (master === undefined) {
    problems.push({
      variable: 'REDIS_SENTINEL_MASTER',
      problem: 'is not set, although REDIS_SENTINELS is',
      remedy: 'Set it to the name the sentinels know the master by ("sentinel monitor NAME …" in their files).',
    });
  }
  return sentinels && master ? { kind: 'sentinel', sentinels, master, sentinelPassword } : undefined;
}

function serversOfCluster(settings: Settings, problems: ConfigurationProblem[]): RedisServers | undefined {
  const nodes = readHosts('REDIS_CLUSTER', settings, REDIS_PORT, problems);
  return nodes && { kind: 'cluster', nodes };
}

function readHosts(
  variable: 'REDIS_SENTINELS' | 'REDIS_CLUSTER',
  settings: Settings,
  port: number,
  problems: ConfigurationProblem[],
): HostPort[] | undefined {
  const hosts = parseHosts(settings[variable] ?? '', port);
  if (hosts?.every(({ host }) => !host.startsWith('/'))) return hosts;
  // Its value is not repeated: a URL, password and all, may stand there.
  problems.push({
    variable,
    problem: 'cannot be read as hosts separated by commas',
    remedy: `Set it to host:port,host:port. User, password and TLS have settings of their own.`,
  });
  return undefined;
}

/** What belongs to sentinels, where no sentinels are named. */
function sentinelProblems(settings: Settings): ConfigurationProblem[] {
  if (settings.REDIS_SENTINELS !== undefined) return [];
  return (['REDIS_SENTINEL_MASTER', 'REDIS_SENTINEL_PASSWORD'] as const)
    .filter((variable) => settings[variable] !== undefined)
    .map((variable) => ({
      variable,
      problem: 'is set, although REDIS_SENTINELS is not',
      remedy: `Set REDIS_SENTINELS=host:port,host:port too, or remove ${variable}.`,
    }));
}

function credentials(settings: Settings): Omit<RedisAddress, 'servers'> {
  return {
    username: settings.REDIS_USERNAME,
    password: settings.REDIS_PASSWORD,
    database: 0,
    tls: settings.REDIS_TLS ?? false,
  };
}

function singleServer(settings: Settings, problems: ConfigurationProblem[]): RedisAddress | undefined {
  if (settings.REDIS_URL === undefined) {
    const { REDIS_HOST: host = '127.0.0.1', REDIS_PORT: port = REDIS_PORT } = settings;
    return { servers: { kind: 'single', host, port }, ...credentials(settings) };
  }
  const address = addressFromUrl(settings.REDIS_URL);
  if (address === undefined) {
    problems.push({
      variable: 'REDIS_URL',
      problem: `is "${maskUrl(settings.REDIS_URL)}", which is not a Redis URL`,
      remedy:
        'Set it to redis://:password@host:6379/0, or rediss:// for an encrypted connection, without parameters. ' +
        'Characters such as @ : / # % in the password must be percent-encoded.',
    });
    return undefined;
  }
  const pairs = [
    ['REDIS_HOST', settings.REDIS_HOST, address.servers.host],
    ['REDIS_PORT', settings.REDIS_PORT, address.servers.port],
    ['REDIS_USERNAME', settings.REDIS_USERNAME, address.username],
    ['REDIS_PASSWORD', settings.REDIS_PASSWORD, address.password],
    ['REDIS_TLS', settings.REDIS_TLS, address.tls],
  ] as const;
  for (const [variable, fromVariable, fromUrl] of pairs) {
    if (fromVariable !== undefined && fromVariable !== fromUrl) {
      problems.push({
        variable,
        problem: 'says something else than REDIS_URL does',
        remedy: `Remove ${variable} or REDIS_URL (look in the environment and in .env), or make them agree.`,
      });
    }
  }
  return address;
}

type SingleAddress = RedisAddress & { readonly servers: { readonly kind: 'single' } & HostPort };

function addressFromUrl(text: string): SingleAddress | undefined {
  try {
    const url = new URL(text);
    const database = /^\/?(\d*)$/.exec(url.pathname)?.[1];
    if (!/^rediss?:$/.test(url.protocol) || url.hostname === '' || database === undefined) return undefined;
    // Also what is left of a password with an unencoded ? or # in it.
    if (url.search !== '' || url.hash !== '') return undefined;
    return {
      servers: {
        kind: 'single',
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? REDIS_PORT : Number(url.port),
      },
      username: url.username === '' ? undefined : decodeURIComponent(url.username),
      password: url.password === '' ? undefined : decodeURIComponent(url.password),
      database: Number(database),
      tls: url.protocol === 'rediss:',
    };
  } catch {
    return undefined;
  }
}
