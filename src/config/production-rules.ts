import type { AlertWebhookConfig } from './alert-webhook.ts';
import type { DatabaseAddress } from './database-address.ts';
import type { HostPort } from './host-list.ts';
import type { ConfigurationProblem } from './problems.ts';
import { type RedisAddress, redisHosts } from './redis-address.ts';
import type { Settings } from './settings.ts';

const SAMPLE_SECRET = /change[-_ ]?me|example|sample|secret|password|steadfast|postgres|^(.)\1*$/i;
const SHORTEST_PASSWORD = 12;
const SHORTEST_SIGNING_KEY = 32;

/** All that is connected to; undefined where it is not configured, or wrongly. */
type Servers = {
  readonly database: DatabaseAddress | undefined;
  readonly replicas: readonly HostPort[];
  readonly redis: RedisAddress | undefined;
  readonly proofServer: DatabaseAddress | undefined;
  readonly alertWebhook: AlertWebhookConfig | undefined;
};

/** What production refuses beyond the types: sample or short secrets, and plain text to other hosts. */
export function productionProblems(
  settings: Settings,
  { database, replicas, redis, proofServer, alertWebhook }: Servers,
): ConfigurationProblem[] {
  const problems: (ConfigurationProblem | undefined)[] = [
    secretProblem('JWT_SECRET', settings.JWT_SECRET, SHORTEST_SIGNING_KEY),
    ...(settings.JWT_PREVIOUS_SECRET === undefined
      ? []
      : [secretProblem('JWT_PREVIOUS_SECRET', settings.JWT_PREVIOUS_SECRET, SHORTEST_SIGNING_KEY)]),
    ...(settings.MONITORING_TOKEN === undefined
      ? []
      : [secretProblem('MONITORING_TOKEN', settings.MONITORING_TOKEN, SHORTEST_SIGNING_KEY)]),
  ];
  const allowed = settings.PLAINTEXT_ALLOWED_HOSTS.split(',').map((host) => host.trim());
  if (database !== undefined) {
    const variable = settings.DATABASE_URL === undefined ? 'DB_PASSWORD' : 'DATABASE_URL';
    problems.push(secretProblem(variable, database.password, SHORTEST_PASSWORD));
    if (settings.DB_OWNER_PASSWORD !== undefined) {
      problems.push(secretProblem('DB_OWNER_PASSWORD', settings.DB_OWNER_PASSWORD, SHORTEST_PASSWORD));
    }
    if (database.tls.mode === 'disable') {
      const hosts = new Set([...database.hosts, ...replicas].map(({ host }) => host));
      for (const host of hosts) problems.push(plaintextProblem('DB_TLS', 'DB_TLS=verify-full', host, allowed));
    }
    if (database.direct?.tlsMode === 'disable') {
      for (const { host } of database.direct.hosts) {
        problems.push(plaintextProblem('DB_DIRECT_TLS', 'DB_DIRECT_TLS=verify-full', host, allowed));
      }
    }
  }
  if (proofServer !== undefined) {
    const variable = 'BACKUP_PROOF_URL';
    problems.push(secretProblem(variable, proofServer.password, SHORTEST_PASSWORD));
    if (proofServer.tls.mode === 'disable') {
      problems.push(plaintextProblem(variable, 'sslmode=verify-full in it', proofServer.host, allowed));
    }
  }
  const remoteRedis = redis === undefined ? [] : redisHosts(redis).filter((host) => !isLocal(host));
  if (redis !== undefined && remoteRedis.length > 0) {
    const variable = settings.REDIS_URL === undefined ? 'REDIS_PASSWORD' : 'REDIS_URL';
    problems.push(secretProblem(variable, redis.password, SHORTEST_PASSWORD));
    if (settings.REDIS_SENTINEL_PASSWORD !== undefined) {
      problems.push(secretProblem('REDIS_SENTINEL_PASSWORD', settings.REDIS_SENTINEL_PASSWORD, SHORTEST_PASSWORD));
    }
    if (!redis.tls) {
      for (const host of remoteRedis) {
        problems.push(plaintextProblem('REDIS_TLS', 'REDIS_TLS=true', host, allowed));
      }
    }
  }
  if (alertWebhook?.url.startsWith('http:')) {
    const host = new URL(alertWebhook.url).hostname.replace(/^\[|\]$/g, '');
    problems.push(plaintextProblem('ALERT_WEBHOOK_URL', 'ALERT_WEBHOOK_URL=https://…', host, allowed));
  }
  return problems.filter((problem) => problem !== undefined);
}

function secretProblem(
  variable: string,
  secret: string | undefined,
  shortest: number,
): ConfigurationProblem | undefined {
  const remedy = `Set a random secret, for example from: openssl rand -hex ${shortest}`;
  if (secret === undefined || secret === '') {
    return { variable, problem: 'carries no secret, which production refuses', remedy };
  }
  if (SAMPLE_SECRET.test(secret)) {
    return { variable, problem: 'holds a sample secret, which production refuses', remedy };
  }
  if (secret.length < shortest) {
    return { variable, problem: `holds a secret shorter than ${shortest} characters`, remedy };
  }
  return undefined;
}

function plaintextProblem(
  variable: string,
  encrypted: string,
  host: string,
  allowed: readonly string[],
): ConfigurationProblem | undefined {
  if (isLocal(host) || allowed.includes(host)) return undefined;
  return {
    variable,
    problem: `the connection to ${host} is not encrypted, which production refuses`,
    remedy: `Set ${encrypted}, or allow it by name: PLAINTEXT_ALLOWED_HOSTS=${host}`,
  };
}

/** True for this machine: localhost, the loopback ranges, and unix sockets. */
function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('/') || /^127(\.\d+){3}$/.test(host);
}
