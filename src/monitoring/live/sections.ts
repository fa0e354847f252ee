import { formatHost } from '../../config/host-list.ts';
import type { BreakerState } from '../../database/breaker.ts';
import type { ServerSnapshot } from '../../database/server.ts';
import { assessHealth, type HealthReport, type HealthSources } from '../health.ts';
import type { TierHits } from './tier-hits.ts';

/** What the page shows besides traffic and events. Moments instead of ages, so that only what changes is sent again. */
export type Sections = ReturnType<typeof sectionsOf>;

export function sectionsOf(sources: HealthSources, databaseName: string, hits: TierHits) {
  const { database, cache } = sources;
  const { status, checks, message } = assessHealth(sources);
  return {
    health: { status, checks, message } satisfies Partial<HealthReport>,
    database: {
      host: formatHost(database.host),
      name: databaseName,
      version: database.sighting.serverVersion ?? null,
      readOnly: database.sighting.readOnly ?? null,
      ...sightingOf(database),
      breaker: breakerOf(database),
    },
    pool: database.pool,
    cache: {
      memory: { ...cache.memory, ...hits.of('memory') },
      redis: { state: cache.redis.state, since: cache.redis.since, ...hits.of('redis') },
    },
    replicas: database.replicas.map((replica) => ({
      name: replica.name,
      host: formatHost(replica.host),
      usable: replica.usable,
      lagMs: replica.lagMs === undefined ? null : Math.round(replica.lagMs),
      ...sightingOf(replica),
      breaker: breakerOf(replica),
    })),
    schema: schemaOf(sources),
    backups: backupsOf(sources),
  };
}

function sightingOf({ sighting }: ServerSnapshot) {
  const { state, probedAt, nextProbeAt, lastSeenUpAt, latencyMs, problem } = sighting;
  return {
    ...{ state, probedAt: probedAt ?? null, nextProbeAt: nextProbeAt ?? null, lastSeenUpAt: lastSeenUpAt ?? null },
    latencyMs: latencyMs === undefined ? null : Math.round(latencyMs * 100) / 100,
    problem: problem?.kind ?? null,
  };
}

function breakerOf({ breaker }: ServerSnapshot) {
  const { state, since, window, held } = breaker;
  return { state: state satisfies BreakerState, since, ...window, held: held ?? null };
}

function schemaOf({ schema }: HealthSources) {
  if (schema === undefined) return null;
  const { state, valid, message, checkedAt, tableCounts, emptiedTables, differences } = schema;
  return {
    ...{ state, valid, message, checkedAt, tableCounts },
    emptied: emptiedTables.map(({ table }) => table),
    differences: differences.missing.length + differences.extra.length,
  };
}

function backupsOf({ schema }: HealthSources) {
  const backups = schema?.backups;
  if (backups === undefined) return null;
  const { last, lastVerifiedAt, failure, scheduleSeenAt, nextAt } = backups;
  return {
    last:
      last === undefined
        ? null
        : { ...last, previousBytes: last.previousBytes ?? null, problem: last.problem ?? null },
    ...{ lastVerifiedAt: lastVerifiedAt ?? null, scheduleSeenAt: scheduleSeenAt ?? null, nextAt: nextAt ?? null },
    failedAt: failure?.at ?? null,
  };
}
