import type { CacheSnapshot } from '../cache/cache.ts';
import type { DatabaseSnapshot } from '../database/database.ts';
import type { SchemaReport } from '../safety/migrations/inspect-schema.ts';
import { checkBackup } from './backup-check.ts';
import { checkData } from './data-check.ts';

export type Check = { readonly status: 'pass' | 'warn' | 'fail'; readonly message: string };

export type HealthReport = {
  readonly status: 'healthy' | 'degraded' | 'critical';
  readonly timestamp: string;
  readonly database: {
    readonly exists: boolean;
    readonly schema_valid: boolean;
    readonly missing_tables: string[];
    /** Differences to the schema that the migrations make, tables included. */
    readonly schema_missing: string[];
    readonly schema_extra: string[];
    readonly table_counts: Record<string, number>;
    /** When that was last seen: the connection, and the schema with its tables. */
    readonly probed_at: string | null;
    readonly inspected_at: string | null;
  };
  readonly checks: Readonly<Record<'database' | 'schema' | 'data' | 'backup' | 'redis', Check>>;
  /** What is wrong, who notices and what to do, in words. */
  readonly message: string;
};

export type HealthSources = {
  readonly database: DatabaseSnapshot;
  readonly cache: CacheSnapshot;
  readonly schema: SchemaReport | undefined;
};

/** The one truth about the whole, out of what each part last saw. Asks nobody, so that it never waits. */
export function assessHealth({ database, cache, schema }: HealthSources): HealthReport {
  const checks = {
    database: checkDatabase(database),
    schema: checkSchema(schema),
    data: checkData(schema),
    backup: checkBackup(schema?.backups),
    redis: checkRedis(cache),
  };
  const databaseUp = checks.database.status !== 'fail';
  const redisUp = checks.redis.status === 'pass';
  const schemaBroken = schema !== undefined && !schema.valid;
  const critical = schemaBroken || checks.data.status === 'fail' || (!databaseUp && !redisUp);
  const healthy = Object.values(checks).every(({ status }) => status === 'pass');
  return {
    status: critical ? 'critical' : healthy ? 'healthy' : 'degraded',
    timestamp: new Date().toISOString(),
    database: {
      exists: database.sighting.lastSeenUpAt !== undefined,
      schema_valid: schema?.valid ?? false,
      missing_tables: [...(schema?.missingTables ?? [])],
      schema_missing: (schema?.differences.missing ?? []).map(({ what }) => what),
      schema_extra: [...(schema?.differences.extra ?? [])],
      table_counts: { ...schema?.tableCounts },
      probed_at: database.sighting.probedAt?.toISOString() ?? null,
      inspected_at: schema?.checkedAt.toISOString() ?? null,
    },
    checks,
    message: healthy
      ? 'All is well.'
      : Object.values(checks)
          .filter(({ status }) => status !== 'pass')
          .map(({ message }) => message)
          .join(' '),
  };
}

/** True while the database takes statements: the last probe found it and the breaker lets them pass. */
export function isDatabaseUsable({ sighting, breaker }: DatabaseSnapshot): boolean {
  return sighting.state === 'up' && breaker.state === 'closed';
}

function checkDatabase(snapshot: DatabaseSnapshot): Check {
  if (isDatabaseUsable(snapshot)) {
    if (snapshot.sighting.readOnly) {
      return {
        status: 'warn',
        message:
          'PostgreSQL answers, but this node is read-only or a standby: writes fail. Point DATABASE_URL (DB_HOST) ' +
          'to the primary, or promote this node.',
      };
    }
    return { status: 'pass', message: `PostgreSQL ${snapshot.sighting.serverVersion} answers.` };
  }
  const { sighting, breaker } = snapshot;
  if (sighting.state === 'unknown') return { status: 'fail', message: 'PostgreSQL was not asked yet.' };
  const since = breaker.state === 'closed' ? '' : ` since ${breaker.since.toISOString()}`;
  return {
    status: 'fail',
    message: `PostgreSQL cannot be used${since}: ${explainProblem(sighting.problem?.kind)} Reads are answered from the cache where they can be; writes are refused with 503.`,
  };
}

function explainProblem(kind: 'credentials' | 'no-such-database' | 'unreachable' | undefined): string {
  switch (kind) {
    case 'credentials':
      return 'it refuses our user or password. Correct DB_USER and DB_PASSWORD and restart.';
    case 'no-such-database':
      return 'it has no database of the configured name. Create or restore it, or correct DB_NAME.';
    case 'unreachable':
      return 'it cannot be reached. Start it, or look at the network; recovery is automatic.';
    case undefined:
      return 'too many statements failed, and it is being probed before they are let through again.';
  }
}

function checkSchema(schema: SchemaReport | undefined): Check {
  if (schema === undefined) {
    return { status: 'fail', message: 'The schema was not inspected yet.' };
  }
  const { valid, message, differences } = schema;
  if (!valid || differences.extra.length === 0) return { status: valid ? 'pass' : 'fail', message };
  return {
    status: 'warn',
    message:
      `${message} But the schema also has what no migration made: ${differences.extra.join(', ')}. ` +
      'Make it by a migration, or drop it.',
  };
}

function checkRedis({ redis }: CacheSnapshot): Check {
  if (redis.state === 'up') return { status: 'pass', message: 'Redis answers.' };
  const remedy = /WRONGPASS|NOAUTH|AUTH/.test(redis.problem ?? '')
    ? 'correct REDIS_PASSWORD (or REDIS_URL) and restart.'
    : 'start Redis, recovery is automatic.';
  return {
    status: 'fail',
    message:
      `Redis cannot be used since ${redis.since.toISOString()} (${redis.problem}). ` +
      `Answers come from PostgreSQL and are slower; ${remedy}`,
  };
}
