import Type, { type Static } from 'typebox';
import type { DatabaseConfig } from '../config/config.ts';
import { formatHost } from '../config/host-list.ts';
import type { ServerSnapshot } from '../database/server.ts';
import type { BackupStatus } from '../safety/backups/history.ts';
import { SCHEMA_STATES } from '../safety/migrations/inspect-schema.ts';
import { assessHealth, type HealthSources } from './health.ts';

const moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);
const milliseconds = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);

const breaker = Type.Object({
  state: Type.Enum(['closed', 'open']),
  since: Type.String({ format: 'date-time' }),
  window_calls: Type.Integer(),
  window_failures: Type.Integer(),
  held: Type.Union([Type.Object({ since: Type.String(), until: moment, reason: Type.String() }), Type.Null()], {
    description: 'set while it is held in this state by hand (npm run breaker)',
  }),
});

const replica = Type.Object({
  name: Type.String(),
  host: Type.Union([Type.String(), Type.Null()]),
  usable: Type.Boolean({ description: 'reads may go to it' }),
  state: Type.Enum(['unknown', 'up', 'down']),
  lag_ms: milliseconds,
  breaker,
});

const report = Type.Object({
  database: Type.Literal('POSTGRESQL'),
  status: Type.Enum(['healthy', 'degraded', 'critical']),
  timestamp: Type.String({ format: 'date-time' }),
  message: Type.String(),
  host: Type.Union([Type.String(), Type.Null()], {
    description:
      'of several the one that is the primary; null, as port and name, for whom monitoring is not open to',
  }),
  port: Type.Union([Type.Integer(), Type.Null()]),
  name: Type.Union([Type.String(), Type.Null()]),
  server_version: Type.Union([Type.String(), Type.Null()]),
  user_count: Type.Union([Type.Integer(), Type.Null()], { description: 'as of schema.checked_at' }),
  connection: Type.Object({
    state: Type.Enum(['unknown', 'up', 'down']),
    probed_at: moment,
    probe_age_ms: milliseconds,
    last_seen_up_at: moment,
    next_probe_at: moment,
    latency_ms: milliseconds,
    read_only: Type.Union([Type.Boolean(), Type.Null()]),
    problem: Type.Union([
      Type.Enum(['credentials', 'no-such-database', 'no-primary', 'pooler', 'unreachable']),
      Type.Null(),
    ]),
  }),
  breaker,
  pool: Type.Object({
    max: Type.Integer(),
    used: Type.Integer(),
    idle: Type.Integer(),
    waiting: Type.Integer(),
    limit: Type.Integer({ description: 'calls at work at once; fewer than max for a while after an outage' }),
  }),
  schema: Type.Object({
    state: Type.Enum(['unknown', ...SCHEMA_STATES]),
    valid: Type.Boolean(),
    missing_tables: Type.Array(Type.String()),
    missing: Type.Array(Type.String(), { description: 'what the migrations made and is not there so' }),
    extra: Type.Array(Type.String(), { description: 'what no migration made' }),
    table_counts: Type.Record(Type.String(), Type.Integer()),
    checked_at: moment,
    message: Type.String(),
  }),
  replicas: Type.Array(replica),
  last_backup: Type.Union([
    Type.Null(),
    Type.Object({
      name: Type.String(),
      reason: Type.String(),
      taken_at: Type.String({ format: 'date-time' }),
      age_ms: Type.Integer(),
      duration_ms: Type.Integer(),
      bytes: Type.Integer(),
      bytes_change: Type.Union([Type.Integer(), Type.Null()], { description: 'against the one before' }),
      problem: Type.Union([Type.String(), Type.Null()], { description: 'why it could not be proven good' }),
    }),
  ]),
  backup_last_verified_at: moment,
  backup_schedule: Type.Object({ seen_at: moment, next_at: moment }),
});

export const databaseReportSchema = {
  200: { ...report, description: 'it can be used' },
  503: { ...report, description: 'it cannot be used' },
};

type DatabaseReport = Static<typeof report>;

/** The report as everybody may see it: without where the servers are. */
export function withoutPlaces(full: DatabaseReport): DatabaseReport {
  const replicas = full.replicas.map((one) => ({ ...one, host: null }));
  return { ...full, host: null, port: null, name: null, replicas };
}

/** Everything about the database, as last seen, with the age of it. Nothing in it is a secret. */
export function databaseReport(sources: HealthSources, config: DatabaseConfig): DatabaseReport {
  const { sighting, pool, host, replicas } = sources.database;
  const { schema } = sources;
  const health = assessHealth(sources);
  const down = health.checks.database.status === 'fail' || health.checks.schema.status === 'fail';
  return {
    database: 'POSTGRESQL',
    status: down ? 'critical' : health.checks.database.status === 'warn' ? 'degraded' : 'healthy',
    timestamp: health.timestamp,
    message: down
      ? `${health.checks.database.message} ${health.checks.schema.message}`
      : health.checks.database.message,
    host: host.host,
    port: host.port,
    name: config.name,
    server_version: sighting.serverVersion ?? null,
    user_count: schema?.tableCounts.users ?? null,
    connection: {
      state: sighting.state,
      probed_at: iso(sighting.probedAt),
      probe_age_ms: sighting.probedAt === undefined ? null : Date.now() - sighting.probedAt.getTime(),
      last_seen_up_at: iso(sighting.lastSeenUpAt),
      next_probe_at: iso(sighting.nextProbeAt),
      latency_ms: sighting.latencyMs === undefined ? null : Math.round(sighting.latencyMs * 100) / 100,
      read_only: sighting.readOnly ?? null,
      problem: sighting.problem?.kind ?? null,
    },
    breaker: breakerReport(sources.database),
    pool,
    schema: {
      state: schema?.state ?? 'unknown',
      valid: schema?.valid ?? false,
      missing_tables: health.database.missing_tables,
      missing: health.database.schema_missing,
      extra: health.database.schema_extra,
      table_counts: { ...schema?.tableCounts },
      checked_at: iso(schema?.checkedAt),
      message: health.checks.schema.message,
    },
    replicas: replicas.map((one) => ({
      name: one.name,
      host: formatHost(one.host),
      usable: one.usable,
      state: one.sighting.state,
      lag_ms: one.lagMs ?? null,
      breaker: breakerReport(one),
    })),
    last_backup: lastBackup(schema?.backups),
    backup_last_verified_at: iso(schema?.backups?.lastVerifiedAt),
    backup_schedule: { seen_at: iso(schema?.backups?.scheduleSeenAt), next_at: iso(schema?.backups?.nextAt) },
  };
}

function lastBackup(status: BackupStatus | undefined): Static<typeof report>['last_backup'] {
  if (status?.last === undefined) return null;
  const { name, reason, takenAt, durationMs, bytes, previousBytes, problem } = status.last;
  return {
    name,
    reason,
    taken_at: takenAt.toISOString(),
    age_ms: Date.now() - takenAt.getTime(),
    duration_ms: durationMs,
    bytes,
    bytes_change: previousBytes === undefined ? null : bytes - previousBytes,
    problem: problem ?? null,
  };
}

function breakerReport({ breaker: { state, since, window, held } }: ServerSnapshot): Static<typeof breaker> {
  return {
    state,
    since: since.toISOString(),
    window_calls: window.calls,
    window_failures: window.failures,
    held: held === undefined ? null : { since: held.since, until: held.until, reason: held.reason },
  };
}

function iso(moment: Date | undefined): string | null {
  return moment?.toISOString() ?? null;
}
