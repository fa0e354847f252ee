import type { DatabaseSnapshot } from '../database/database.ts';
import type { ConnectionProblem } from '../database/errors.ts';
import type { Hold } from '../database/hold.ts';
import type { ReplicaSnapshot } from '../database/replicas.ts';
import type { Check } from './check.ts';

/** True while the database takes statements: the last probe found it and the breaker lets them pass. */
export function isDatabaseUsable({ sighting, breaker }: DatabaseSnapshot): boolean {
  return sighting.state === 'up' && breaker.state === 'closed';
}

/** Whether the primary can be used, and what to do where it cannot. */
export function checkDatabase(snapshot: DatabaseSnapshot): Check {
  const { sighting, breaker, pooler } = snapshot;
  if (breaker.held?.state === 'open') {
    return {
      status: 'fail',
      message: `The circuit breaker is held open by hand${explainHold(breaker.held)}: PostgreSQL is not asked. ${WITHOUT_IT} Release it with: npm run breaker -- auto`,
    };
  }
  if (!isDatabaseUsable(snapshot)) {
    if (sighting.state === 'unknown') return { status: 'fail', message: 'PostgreSQL was not asked yet.' };
    const since = breaker.state === 'closed' ? '' : ` since ${breaker.since.toISOString()}`;
    return {
      status: 'fail',
      message: `PostgreSQL cannot be used${since}: ${explainProblem(sighting.problem?.kind, pooler)} ${WITHOUT_IT}`,
    };
  }
  if (breaker.held !== undefined) {
    return {
      status: 'warn',
      message: `PostgreSQL answers. The circuit breaker is held closed by hand${explainHold(breaker.held)} and will not open. Release it with: npm run breaker -- auto`,
    };
  }
  if (sighting.readOnly) {
    return {
      status: 'warn',
      message:
        'PostgreSQL answers, but this node is read-only or a standby: writes fail. Point DATABASE_URL (DB_HOST) ' +
        'to the primary, or promote this node.',
    };
  }
  const way = pooler === 'pgbouncer' ? ' through PgBouncer' : '';
  return { status: 'pass', message: `PostgreSQL ${sighting.serverVersion} answers${way}.` };
}

const WITHOUT_IT = 'Reads are answered from replicas and the cache where they can be; writes are refused with 503.';

function explainHold({ since, until, reason }: Hold): string {
  const why = reason === '' ? '' : ` (${reason})`;
  return ` since ${since}${until === null ? '' : ` until ${until}`}${why}`;
}

function explainProblem(kind: ConnectionProblem | undefined, pooler: DatabaseSnapshot['pooler']): string {
  switch (kind) {
    case 'credentials':
      return 'it refuses our user or password. Correct DB_USER and DB_PASSWORD and restart.';
    case 'no-such-database':
      return 'it has no database of the configured name. Create or restore it, or correct DB_NAME.';
    case 'no-primary':
      return 'servers answer, but none of DB_HOST is the primary. Promote one; it is found by itself.';
    case 'pooler':
      return 'a PgBouncer answers in its place. Set DB_POOLER=pgbouncer and DB_DIRECT_HOST, and restart.';
    case 'unreachable':
      if (pooler === 'pgbouncer')
        return 'it cannot be reached through PgBouncer. Start whichever of the two is away, PgBouncer (DB_HOST) or PostgreSQL behind it (DB_DIRECT_HOST), or look at the network; recovery is automatic.';
      return 'it cannot be reached. Start it, or look at the network; recovery is automatic.';
    case undefined:
      return 'too many statements failed or were slow, and it is being probed before they are let through again.';
  }
}

/** Whether every replica takes its share of the reads. One that does not costs speed, not answers. */
export function checkReplicas(replicas: readonly ReplicaSnapshot[]): Check {
  const out = replicas.filter(({ usable }) => !usable);
  if (out.length === 0) return { status: 'pass', message: 'Every replica answers reads.' };
  const reasons = out.map((replica) => `${replica.name} ${explainReplica(replica)}`);
  return {
    status: 'warn',
    message: `Left out: ${reasons.join('; ')}. The others and the primary answer its reads; it is taken back by itself.`,
  };
}

function explainReplica({ sighting, breaker, lagMs, onPrimaryTimeline }: ReplicaSnapshot): string {
  if (sighting.state !== 'up') return 'cannot be reached';
  if (breaker.state !== 'closed') return 'is being probed';
  if (sighting.standby === false) return 'follows nobody: it is a primary itself';
  if (!onPrimaryTimeline) {
    return 'is not known to follow the primary since a promotion (its next checkpoint shows it; one that cannot has to be made anew)';
  }
  if (lagMs !== undefined && lagMs > 0) return `is ${Math.max(1, Math.round(lagMs / 1000))} s behind`;
  return 'is being probed';
}
