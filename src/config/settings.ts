import Type, { type Static, type TSchema } from 'typebox';

/** A whole number of milliseconds, at least one. */
const milliseconds = (value: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 3_600_000, default: value, description });

const count = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ minimum, maximum, default: value, description });

const text = (description: string) => Type.Optional(Type.String({ description }));

const oneOf = <Value extends string>(values: readonly Value[], value: Value, description: string) =>
  Type.Enum([...values], { default: value, description });

/**
 * Every setting of Steadfast, once: its name in the environment, its type, its default and what it is for.
 * `.env.example` lists the same names; a test compares the two.
 */
export const settingsSchema = Type.Object({
  NODE_ENV: oneOf(
    ['development', 'test', 'production'],
    'development',
    'production refuses sample secrets and plain-text connections to other hosts',
  ),
  HOST: Type.String({ default: '127.0.0.1', description: 'address to listen on' }),
  PORT: count(8000, 0, 65535, 'port to listen on; 0 picks a free one'),
  WORKERS: count(
    1,
    1,
    64,
    'processes that answer at this port; they share what is said of connections and of memory for the cache',
  ),
  LOG_LEVEL: oneOf(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'least severe level that is logged; at debug also the reads that a cache answered',
  ),
  JWT_SECRET: text('key that signs access tokens, 32 characters or more'),
  JWT_PREVIOUS_SECRET: text('the key before that, still accepted while its tokens run out'),
  JWT_TTL_SECONDS: count(604_800, 60, 31_536_000, 'how long an access token is valid, in seconds'),
  CORS_ORIGINS: Type.String({
    default: '*',
    description: 'origins whose pages may call the API, separated by commas; * is any',
  }),
  TRUST_PROXY: Type.Boolean({
    default: false,
    description: 'true when a reverse proxy of yours sets X-Forwarded-For',
  }),
  RATE_LIMIT_PER_MINUTE: count(6000, 0, 10_000_000, 'requests an address may make a minute; 0 is no limit'),
  LOGIN_LIMIT_PER_MINUTE: count(30, 1, 100_000, 'logins and registrations an address may try a minute'),
  LOGIN_FAILURES_PER_ACCOUNT: count(10, 1, 100_000, 'wrong passwords an account may get in 15 minutes'),
  BODY_LIMIT_BYTES: count(1_048_576, 1024, 104_857_600, 'largest request body, in bytes'),
  APP_REVISION: Type.String({
    default: 'unknown',
    description: 'commit that is running, for app_build_info; set it where you deploy',
  }),
  MONITORING_TOKEN: text('what /metrics and /api/monitoring/* ask for as a bearer token, 32 characters or more'),
  MONITORING_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65535,
      description:
        'port of their own for /metrics and /api/monitoring/*, which are not at PORT then; 0 picks a free one',
    }),
  ),
  SHUTDOWN_TIMEOUT_MS: milliseconds(10_000, 'how long SIGTERM waits for requests under way'),
  REQUEST_DEADLINE_MS: milliseconds(5000, 'how long a request may take at PostgreSQL, waiting included'),

  DATABASE_URL: text('postgres://user:password@host:port/database, instead of DB_HOST and so on'),
  DB_HOST: text('host of PostgreSQL, or the folder of its unix socket; db1,db2 when either may be the primary'),
  DB_PORT: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 65535, description: 'port of PostgreSQL, 5432 if left out' }),
  ),
  DB_NAME: text('name of the database'),
  DB_USER: text('role to connect as'),
  DB_PASSWORD: text('password of that role'),
  DB_OWNER_USER: text('role that owns the tables, for migrations, backups and restores; DB_USER if left out'),
  DB_OWNER_PASSWORD: text('password of that role'),
  DB_TLS: Type.Optional(
    Type.Enum(['disable', 'require', 'verify-full'], {
      description: 'encryption: disable, require, or verify-full (checks certificate and host name)',
    }),
  ),
  DB_TLS_CA_FILE: text('file with the certificate authority for DB_TLS=verify-full'),
  DB_DATA_DIR: text(
    'folder here on the disk of PostgreSQL, where that is not on this machine; asked for room before a restore',
  ),
  DB_POOLER: oneOf(['none', 'pgbouncer'], 'none', 'pgbouncer when DB_HOST is a PgBouncer in transaction mode'),
  DB_DIRECT_HOST: text('host of PostgreSQL itself behind the pooler: db1, or db1:5433, or db1,db2'),
  DB_DIRECT_TLS: Type.Optional(
    Type.Enum(['disable', 'require', 'verify-full'], {
      description: 'encryption of the connections past the pooler, as DB_TLS if left out',
    }),
  ),
  DB_REPLICA_HOSTS: text('streaming replicas that answer reads, separated by commas: db2,db3:5433'),
  DB_REPLICA_MAX_LAG_MS: milliseconds(2000, 'a replica further behind than this is not read from'),
  DB_POOL_MAX: count(10, 1, 1000, 'connections in the pool, and statements at work at once'),
  DB_QUEUE_MAX: count(200, 0, 100_000, 'statements that may wait for a connection'),
  DB_QUEUE_TIMEOUT_MS: milliseconds(500, 'how long a statement waits for a connection'),
  DB_CONNECT_TIMEOUT_MS: milliseconds(500, 'how long opening a connection may take'),
  DB_LOCK_TIMEOUT_MS: milliseconds(1000, 'how long a statement waits for a lock (lock_timeout)'),
  DB_STATEMENT_TIMEOUT_MS: milliseconds(2000, 'when PostgreSQL ends a statement (statement_timeout)'),
  DB_QUERY_TIMEOUT_MS: milliseconds(2500, 'when the client gives an answer up and drops the connection'),
  DB_BREAKER_TIMEOUT_MS: milliseconds(3500, 'when the breaker counts a call as failed, whatever it does'),
  DB_SLOW_CALL_MS: milliseconds(1000, 'statements that take longer are slow; when most are, the breaker opens'),
  DB_RAMP_MS: milliseconds(3000, 'after an outage the load is let back over this time'),
  BREAKER_HOLD_FILE: Type.String({
    default: 'var/breaker-hold.json',
    minLength: 1,
    description: 'file in which npm run breaker holds the breaker open or closed',
  }),
  DB_PROBE_TIMEOUT_MS: milliseconds(300, 'how long a probe of the database may take'),
  DB_PROBE_MIN_MS: milliseconds(500, 'first pause between probes while the breaker is open'),
  DB_PROBE_MAX_MS: milliseconds(5000, 'longest pause between probes while the breaker is open'),

  BACKUP_DIR: Type.String({
    default: './backups',
    minLength: 1,
    description: 'folder of the backups, of one database only',
  }),
  BACKUP_AT: Type.String({
    default: '02:00',
    pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
    description: 'when npm run schedule takes the daily backup, UTC',
  }),
  BACKUP_PROOF_URL: text(
    'postgres://user:password@host:port/database of another server on which backups are tried; the same if left out',
  ),

  ALERT_WEBHOOK_URL: text('https:// address that is told of outages and recoveries, for teams without Prometheus'),
  ALERT_WEBHOOK_SECRET: text('what these messages are signed with: whsec_ and 24 to 64 bytes in Base64'),

  REDIS_URL: text('redis://user:password@host:port/number (rediss: for TLS), instead of REDIS_HOST …'),
  REDIS_HOST: text('host of Redis, 127.0.0.1 if left out'),
  REDIS_PORT: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 65535, description: 'port of Redis, 6379 if left out' }),
  ),
  REDIS_USERNAME: text('user name, if Redis has users'),
  REDIS_PASSWORD: text('password of Redis'),
  REDIS_TLS: Type.Optional(Type.Boolean({ description: 'true encrypts the connection to Redis' })),
  REDIS_SENTINELS: text('sentinels (host:port,host:port) that name the master, instead of REDIS_HOST …'),
  REDIS_SENTINEL_MASTER: text('what the sentinels call the master'),
  REDIS_SENTINEL_PASSWORD: text('password of the sentinels, if they have one'),
  REDIS_CLUSTER: text('servers of a Redis Cluster (host:port,host:port), instead of REDIS_HOST …'),
  REDIS_KEY_PREFIX: Type.String({
    default: 'steadfast',
    minLength: 1,
    pattern: '^[A-Za-z0-9_.:-]+$',
    description: 'what every key in Redis begins with',
  }),
  REDIS_COMMAND_TIMEOUT_MS: milliseconds(50, 'how long a request waits for Redis at most'),

  CACHE_MEMORY_BYTES: count(25_165_824, 0, 17_179_869_184, 'bound of the cache in the process; 0 turns it off'),
  CACHE_FRESH_MS: milliseconds(30_000, 'how long an answer is served without asking PostgreSQL again'),
  CACHE_STALE_SECONDS: count(86_400, 1, 2_592_000, 'how long an answer is kept for outages of PostgreSQL'),

  PLAINTEXT_ALLOWED_HOSTS: Type.String({
    default: '',
    description: 'hosts, separated by commas, that production may connect to without encryption',
  }),
});

export type Settings = Static<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** What the setting is for, in one line. */
export function describeSetting(name: SettingName): string {
  const schema: TSchema & { description?: string } = settingsSchema.properties[name];
  return schema.description ?? '';
}
