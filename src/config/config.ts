import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, populate } from 'dotenv';
import Value from 'typebox/value';
import { type AlertWebhookConfig, readAlertWebhook } from './alert-webhook.ts';
import { type DatabaseAddress, readDatabaseAddress } from './database-address.ts';
import { type HostPort, parseHosts } from './host-list.ts';
import { type DatabaseOwner, readDatabaseOwner } from './owner-address.ts';
import { ConfigurationError, type ConfigurationProblem, maskUrl } from './problems.ts';
import { productionProblems } from './production-rules.ts';
import { readProofAddress } from './proof-address.ts';
import { type RedisAddress, readRedisAddress } from './redis-address.ts';
import { describeSetting, type SettingName, type Settings, settingsSchema } from './settings.ts';

export type DatabaseConfig = DatabaseAddress & {
  /** The role that may change the schema; undefined where it is the one above. */
  readonly owner: DatabaseOwner | undefined;
  /** What these hosts are: PostgreSQL itself, or a PgBouncer in transaction mode in front of it. */
  readonly pooler: Settings['DB_POOLER'];
  /** Streaming replicas that may answer reads. */
  readonly replicas: readonly HostPort[];
  /** A replica further behind than this is left out. */
  readonly replicaMaxLagMs: number;
  readonly poolMax: number;
  readonly queueMax: number;
  readonly queueTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly queryTimeoutMs: number;
  readonly breakerTimeoutMs: number;
  /** Calls that take longer count as slow; when most do, the breaker opens. */
  readonly slowCallMs: number;
  /** How long the load takes to be let back fully after an outage. */
  readonly rampMs: number;
  /** Where `npm run breaker` says that the breaker is held by hand. */
  readonly holdFile: string;
  readonly probe: { readonly timeoutMs: number; readonly minMs: number; readonly maxMs: number };
};

export type RedisConfig = RedisAddress & {
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
};

export type CacheConfig = {
  readonly memoryBytes: number;
  readonly freshMs: number;
  readonly staleMs: number;
};

export type BackupConfig = {
  readonly folder: string;
  /** Minutes after midnight, UTC. */
  readonly minuteOfDay: number;
  /** The server on which backups are restored for trial; undefined where that is the database's own. */
  readonly proofServer: DatabaseAddress | undefined;
};

export type TokenConfig = {
  readonly secret: string;
  readonly previousSecret: string | undefined;
  readonly ttlSeconds: number;
};

export type MonitoringConfig = {
  /** What those who want to look have to send; undefined lets everybody. */
  readonly token: string | undefined;
  /** A port of its own; undefined is the one of the API. */
  readonly port: number | undefined;
};

export type RateLimitConfig = {
  /** Requests of an address; 0 is no limit. */
  readonly perMinute: number;
  readonly loginsPerMinute: number;
  readonly failuresPerAccount: number;
};

export type Config = {
  readonly environment: Settings['NODE_ENV'];
  readonly host: string;
  readonly port: number;
  /** Processes that answer; what is said here of connections and of memory is of all together. */
  readonly workers: number;
  readonly logLevel: Settings['LOG_LEVEL'];
  readonly tokens: TokenConfig;
  /** True when the key of tokens was made up at start: no other process accepts them, nor this one tomorrow. */
  readonly tokensAreEphemeral: boolean;
  readonly rateLimits: RateLimitConfig;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
  readonly bodyLimitBytes: number;
  readonly revision: string;
  readonly monitoring: MonitoringConfig;
  readonly shutdownTimeoutMs: number;
  /** How long a request may take until it is answered, one way or the other. */
  readonly requestDeadlineMs: number;
  readonly database: DatabaseConfig;
  readonly redis: RedisConfig;
  readonly cache: CacheConfig;
  readonly backups: BackupConfig;
  /** Who is told of outages and recoveries; undefined is nobody. */
  readonly alertWebhook: AlertWebhookConfig | undefined;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of this process with `.env` of the current folder behind it. The environment wins.
 * @throws {ConfigurationError} when there is an `.env`, and it cannot be read
 */
export function readEnvironment(): Environment {
  populate(process.env, parse(readDotenv()));
  return process.env;
}

function readDotenv(): string {
  const file = resolve('.env');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new ConfigurationError([
      {
        variable: '.env',
        problem: `cannot be read (${error instanceof Error ? error.message : error})`,
        remedy: 'Make it a file that this user may read, or remove it: then only the environment counts.',
      },
    ]);
  }
  // No text has one, and every setting in UTF-16 has.
  if (!text.includes('\0')) return text;
  throw new ConfigurationError([
    { variable: '.env', problem: `is not in UTF-8 (${file})`, remedy: 'Save it as UTF-8, which UTF-16 is not.' },
  ]);
}

/**
 * Turns an environment into the configuration everything else trusts.
 * @throws {ConfigurationError} with every problem at once
 */
export function loadConfig(environment: Environment): Config {
  const problems: ConfigurationProblem[] = [];
  const settings = parseSettings(environment, problems);
  const database = readDatabaseAddress(settings, problems);
  const owner = readDatabaseOwner(settings, problems);
  const replicas = readReplicas(settings, problems);
  const redis = readRedisAddress(settings, problems);
  const alertWebhook = readAlertWebhook(settings, problems);
  const proofServer = readProofAddress(settings, problems);
  problems.push(...timeoutProblems(settings), ...portProblems(settings), ...workerProblems(settings));
  if (settings.NODE_ENV === 'production') {
    problems.push(...productionProblems(settings, { database, replicas, redis, proofServer, alertWebhook }));
  }
  if (problems.length > 0 || database === undefined || redis === undefined) {
    throw new ConfigurationError(problems);
  }
  return assemble(settings, { ...database, owner }, replicas, redis, proofServer, alertWebhook);
}

/** Reads every setting. One that cannot be read is reported and stands at its default from there on. */
function parseSettings(environment: Environment, problems: ConfigurationProblem[]): Settings {
  const present = Object.entries(environment).filter(
    ([name, value]) => Object.hasOwn(settingsSchema.properties, name) && value !== undefined && value !== '',
  );
  const given = Object.fromEntries(present);
  const candidate = withDefaults(given);
  if (Value.Check(settingsSchema, candidate)) return candidate;

  const wrong = new Map<string, string>();
  for (const { instancePath, message } of Value.Errors(settingsSchema, candidate)) {
    const name = instancePath.slice(1);
    if (!wrong.has(name)) wrong.set(name, message);
  }
  for (const [name, message] of wrong) {
    const setting = name as SettingName;
    const allowed = (settingsSchema.properties[setting] as { enum?: readonly string[] }).enum;
    problems.push({
      variable: name,
      problem: `is "${given[name]}", but ${allowed ? `must be one of ${allowed.join(', ')}` : message}`,
      remedy: `Correct or remove it. It means: ${describeSetting(setting)}.`,
    });
    delete given[name];
  }
  return Value.Parse(settingsSchema, withDefaults(given));
}

function withDefaults(given: Readonly<Record<string, unknown>>): unknown {
  return Value.Convert(settingsSchema, Value.Default(settingsSchema, { ...given }));
}

function timeoutProblems(settings: Settings): ConfigurationProblem[] {
  const ascending = [
    'DB_LOCK_TIMEOUT_MS',
    'DB_STATEMENT_TIMEOUT_MS',
    'DB_QUERY_TIMEOUT_MS',
    'DB_BREAKER_TIMEOUT_MS',
  ] as const;
  const problems: ConfigurationProblem[] = [];
  for (const [index, longer] of ascending.entries()) {
    const shorter = ascending[index - 1];
    if (shorter !== undefined && settings[longer] <= settings[shorter]) {
      problems.push({
        variable: longer,
        problem: `is ${settings[longer]} and ${shorter} is ${settings[shorter]}, so the inner limit could never be reached`,
        remedy: `Make ${longer} larger than ${shorter}.`,
      });
    }
  }
  if (settings.DB_PROBE_MAX_MS < settings.DB_PROBE_MIN_MS) {
    problems.push({
      variable: 'DB_PROBE_MAX_MS',
      problem: `is ${settings.DB_PROBE_MAX_MS}, less than DB_PROBE_MIN_MS (${settings.DB_PROBE_MIN_MS})`,
      remedy: 'Make DB_PROBE_MAX_MS at least DB_PROBE_MIN_MS.',
    });
  }
  return problems;
}

function portProblems({ PORT, MONITORING_PORT }: Settings): ConfigurationProblem[] {
  if (PORT === 0 || MONITORING_PORT !== PORT) return [];
  return [
    {
      variable: 'MONITORING_PORT',
      problem: `is ${PORT}, and so is PORT`,
      remedy: 'Make it another one, or leave it out: then monitoring is at PORT.',
    },
  ];
}

function workerProblems({ WORKERS, DB_POOL_MAX }: Settings): ConfigurationProblem[] {
  if (WORKERS <= DB_POOL_MAX) return [];
  return [
    {
      variable: 'WORKERS',
      problem: `is ${WORKERS}, and DB_POOL_MAX is ${DB_POOL_MAX}: some would have no connection to PostgreSQL`,
      remedy: 'Have fewer workers, or make DB_POOL_MAX larger: it is shared among them.',
    },
  ];
}

function readReplicas(settings: Settings, problems: ConfigurationProblem[]): HostPort[] {
  if (settings.DB_REPLICA_HOSTS === undefined) return [];
  const hosts = parseHosts(settings.DB_REPLICA_HOSTS, settings.DB_PORT ?? 5432);
  if (hosts !== undefined) return hosts;
  problems.push({
    variable: 'DB_REPLICA_HOSTS',
    problem: `is "${maskUrl(settings.DB_REPLICA_HOSTS)}", which is no list of hosts`,
    remedy: 'Set it to hosts separated by commas, with ports where they differ: db2,db3:5433. Or leave it out.',
  });
  return [];
}

function assemble(
  settings: Settings,
  database: DatabaseAddress & Pick<DatabaseConfig, 'owner'>,
  replicas: readonly HostPort[],
  redis: RedisAddress,
  proofServer: DatabaseAddress | undefined,
  alertWebhook: AlertWebhookConfig | undefined,
): Config {
  return {
    environment: settings.NODE_ENV,
    host: settings.HOST,
    port: settings.PORT,
    workers: settings.WORKERS,
    logLevel: settings.LOG_LEVEL,
    tokens: {
      // Outside production tokens may end with the process; production names a key (production-rules.ts).
      secret: settings.JWT_SECRET ?? randomBytes(32).toString('base64url'),
      previousSecret: settings.JWT_PREVIOUS_SECRET,
      ttlSeconds: settings.JWT_TTL_SECONDS,
    },
    tokensAreEphemeral: settings.JWT_SECRET === undefined,
    rateLimits: {
      perMinute: settings.RATE_LIMIT_PER_MINUTE,
      loginsPerMinute: settings.LOGIN_LIMIT_PER_MINUTE,
      failuresPerAccount: settings.LOGIN_FAILURES_PER_ACCOUNT,
    },
    corsOrigins: settings.CORS_ORIGINS.split(',').map((origin) => origin.trim()),
    trustProxy: settings.TRUST_PROXY,
    bodyLimitBytes: settings.BODY_LIMIT_BYTES,
    revision: settings.APP_REVISION,
    monitoring: { token: settings.MONITORING_TOKEN, port: settings.MONITORING_PORT },
    shutdownTimeoutMs: settings.SHUTDOWN_TIMEOUT_MS,
    requestDeadlineMs: settings.REQUEST_DEADLINE_MS,
    database: {
      ...database,
      pooler: settings.DB_POOLER,
      replicas,
      replicaMaxLagMs: settings.DB_REPLICA_MAX_LAG_MS,
      poolMax: settings.DB_POOL_MAX,
      queueMax: settings.DB_QUEUE_MAX,
      queueTimeoutMs: settings.DB_QUEUE_TIMEOUT_MS,
      connectTimeoutMs: settings.DB_CONNECT_TIMEOUT_MS,
      lockTimeoutMs: settings.DB_LOCK_TIMEOUT_MS,
      statementTimeoutMs: settings.DB_STATEMENT_TIMEOUT_MS,
      queryTimeoutMs: settings.DB_QUERY_TIMEOUT_MS,
      breakerTimeoutMs: settings.DB_BREAKER_TIMEOUT_MS,
      slowCallMs: settings.DB_SLOW_CALL_MS,
      rampMs: settings.DB_RAMP_MS,
      holdFile: settings.BREAKER_HOLD_FILE,
      probe: {
        timeoutMs: settings.DB_PROBE_TIMEOUT_MS,
        minMs: settings.DB_PROBE_MIN_MS,
        maxMs: settings.DB_PROBE_MAX_MS,
      },
    },
    redis: {
      ...redis,
      keyPrefix: settings.REDIS_KEY_PREFIX,
      commandTimeoutMs: settings.REDIS_COMMAND_TIMEOUT_MS,
    },
    cache: {
      memoryBytes: settings.CACHE_MEMORY_BYTES,
      freshMs: settings.CACHE_FRESH_MS,
      staleMs: settings.CACHE_STALE_SECONDS * 1000,
    },
    backups: {
      folder: resolve(settings.BACKUP_DIR),
      minuteOfDay: minuteOfDay(settings.BACKUP_AT),
      proofServer,
    },
    alertWebhook,
  };
}

function minuteOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
