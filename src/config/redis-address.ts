import { type ConfigurationProblem, maskUrl } from './problems.ts';
import type { Settings } from './settings.ts';

/** Where Redis is and who we are there. */
export type RedisAddress = {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
};

/** Reads Redis from REDIS_URL, or from REDIS_HOST and so on. Both forms may be given if they agree. */
export function readRedisAddress(settings: Settings, problems: ConfigurationProblem[]): RedisAddress | undefined {
  if (settings.REDIS_URL === undefined) {
    return {
      host: settings.REDIS_HOST ?? '127.0.0.1',
      port: settings.REDIS_PORT ?? 6379,
      username: settings.REDIS_USERNAME,
      password: settings.REDIS_PASSWORD,
      database: 0,
      tls: settings.REDIS_TLS ?? false,
    };
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
    ['REDIS_HOST', settings.REDIS_HOST, address.host],
    ['REDIS_PORT', settings.REDIS_PORT, address.port],
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

function addressFromUrl(text: string): RedisAddress | undefined {
  try {
    const url = new URL(text);
    const database = /^\/?(\d*)$/.exec(url.pathname)?.[1];
    if (!/^rediss?:$/.test(url.protocol) || url.hostname === '' || database === undefined) return undefined;
    // Also what is left of a password with an unencoded ? or # in it.
    if (url.search !== '' || url.hash !== '') return undefined;
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 6379 : Number(url.port),
      username: url.username === '' ? undefined : decodeURIComponent(url.username),
      password: url.password === '' ? undefined : decodeURIComponent(url.password),
      database: Number(database),
      tls: url.protocol === 'rediss:',
    };
  } catch {
    return undefined;
  }
}
