import type { CacheSnapshot } from '../cache/cache.ts';
import type { DatabaseSnapshot } from '../database/database.ts';
import type { SchemaReport } from '../safety/migrations/inspect-schema.ts';
import type { WorkersState } from '../workers/peers.ts';
import { checkBackup } from './backup-check.ts';
import type { Check } from './check.ts';
import { checkData } from './data-check.ts';
import { checkDatabase, checkReplicas } from './database-checks.ts';
import { checkWorkers } from './workers-check.ts';

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
  readonly checks: Readonly<Record<'database' | 'schema' | 'data' | 'backup' | 'redis', Check>> & {
    /** Where there are any. */
    readonly replicas?: Check;
    /** Where there are several. */
    readonly workers?: Check;
  };
  /** What is wrong, who notices and what to do, in words. */
  readonly message: string;
};

export type HealthSources = {
  readonly database: DatabaseSnapshot;
  readonly cache: CacheSnapshot;
  readonly schema: SchemaReport | undefined;
  /** Where there are several. */
  readonly workers?: WorkersState | undefined;
};

/** The one truth about the whole, out of what each part last saw. Asks nobody, so that it never waits. */
export function assessHealth({ database, cache, schema, workers }: HealthSources): HealthReport {
  const checks = {
    database: checkDatabase(database),
    schema: checkSchema(schema),
    data: checkData(schema),
    backup: checkBackup(schema?.backups),
    redis: checkRedis(cache),
    ...(database.replicas.length > 0 && { replicas: checkReplicas(database.replicas) }),
    ...(workers !== undefined && { workers: checkWorkers(workers) }),
  };
  const databaseUp = checks.database.status !== 'fail';
  const redisUp = checks.redis.status === 'pass';
  const schemaBroken = schema !== undefined && !schema.valid;
  const readable = databaseUp || redisUp || database.replicas.some(({ usable }) => usable);
  const critical = schemaBroken || checks.data.status === 'fail' || !readable;
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
      `Redis cannot be used since ${redis.since.toISOString()} (${withoutPlace(redis.problem)}). ` +
      `Answers come from PostgreSQL and are slower; ${remedy}`,
  };
}

/** What the system says of a connection without where it leads to: everybody may read this. */
function withoutPlace(problem = 'not connected yet'): string {
  return problem.replace(/\b(E[A-Z]{4,})\b.*/, '$1');
}
