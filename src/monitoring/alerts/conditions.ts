import { PRIMARY } from '../../database/watched-servers.ts';
import { assessHealth, type HealthSources } from '../health.ts';

/** How something is that people want to be told of when it changes. */
export type Condition = {
  /** healthy, degraded or critical; closed or open; pass, warn or fail. */
  readonly state: string;
  readonly message: string;
};

/** What each is where nothing was told yet. */
export function wellState(subject: string): string {
  if (subject === 'health') return 'healthy';
  return subject.startsWith('breaker ') ? 'closed' : 'pass';
}

/** The checks that nothing is known of before the schema was inspected. */
const OF_THE_SCHEMA = ['schema', 'data', 'backup'];

/**
 * The conditions by subject: `health`, `breaker postgresql` and so on for the replicas, `check backup` and the other
 * checks of /health. What was not looked at yet is left out.
 */
export function conditionsOf(sources: HealthSources): ReadonlyMap<string, Condition> {
  const conditions = new Map<string, Condition>();
  const { database, schema } = sources;
  if (database.sighting.state === 'unknown') return conditions;
  const { status, message, checks } = assessHealth(sources);
  conditions.set('health', { state: status, message });
  for (const { name, breaker } of [{ name: PRIMARY, ...database }, ...database.replicas]) {
    const open = breaker.state !== 'closed';
    conditions.set(`breaker ${name}`, {
      state: open ? 'open' : 'closed',
      message: `The circuit breaker of ${name} is ${open ? 'open' : 'closed'} since ${breaker.since.toISOString()}.`,
    });
  }
  for (const [name, check] of Object.entries(checks)) {
    if (schema === undefined && OF_THE_SCHEMA.includes(name)) continue;
    conditions.set(`check ${name}`, { state: check.status, message: check.message });
  }
  return conditions;
}
