import { DatabaseOverloaded, DatabaseUnavailable, refusal, type UnavailableReason } from '../database/errors.ts';
import { Problem } from '../http/problem.ts';

/** True for errors that an older answer from the cache is better than. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof DatabaseUnavailable || error instanceof DatabaseOverloaded;
}

const LATE: readonly UnavailableReason[] = ['timeout', 'statement-timeout', 'deadline'];
const OUTCOME_UNKNOWN =
  'The database went away while it was asked for a change. Whether the change was made is not known: read it again ' +
  'when the database is back, or repeat the request with its Idempotency-Key.';

/** What was said last to those who read, and to those who change, while the breaker is open. */
const lastRefusals = new Map<'read' | 'change', Problem>();

/**
 * Says what a database error means to a client, or undefined for one that is a bug of ours. Nobody logs a problem's own
 * stack trace, and thousands of these are made a second: they have none.
 * `nextProbeAt` is when the supervisor looks next: trying again earlier would be in vain.
 */
export function databaseProblem(
  error: unknown,
  isRead: boolean,
  nextProbeAt: Date | undefined,
): Problem | undefined {
  if (error instanceof DatabaseOverloaded) {
    const detail =
      error.reason === 'lock'
        ? 'Somebody else is changing the same thing right now. Nothing was changed. Please try again in a moment.'
        : 'More is being asked of the database than it has room for. Please try again in a moment.';
    const options = { retryAfterSeconds: 1, ...(error.cause !== undefined && { cause: error.cause }) };
    return refusal(() => new Problem('overloaded', detail, { database: ['has no room'] }, options));
  }
  if (!(error instanceof DatabaseUnavailable)) return undefined;
  const waitMs = (nextProbeAt?.getTime() ?? 0) - Date.now();
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  if (error.reason !== 'open') return unavailable(error, isRead, { retryAfterSeconds, cause: error });
  // Such a refusal has no cause of its own worth a line for each request, and is the same for all of a second.
  const kind = isRead ? 'read' : 'change';
  const last = lastRefusals.get(kind);
  if (last?.retryAfterSeconds === retryAfterSeconds) return last;
  const next = unavailable(error, isRead, { retryAfterSeconds });
  lastRefusals.set(kind, next);
  return next;
}

function unavailable(
  error: DatabaseUnavailable,
  isRead: boolean,
  options: { retryAfterSeconds: number; cause?: unknown },
): Problem {
  const unharmed = isRead ? 'No earlier answer is at hand.' : 'Nothing was changed.';
  const detail = error.outcomeUnknown ? OUTCOME_UNKNOWN : `${happened(error)} ${unharmed} Please try again later.`;
  return refusal(() => new Problem('database-unavailable', detail, { database: ['is unavailable'] }, options));
}

function happened({ reason }: DatabaseUnavailable): string {
  if (reason === 'read-only') return 'The database takes no changes at the moment.';
  return LATE.includes(reason) ? 'The database did not answer in time.' : 'The database cannot be reached.';
}
