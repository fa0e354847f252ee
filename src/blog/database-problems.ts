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

/**
 * Says what a database error means to a client, or undefined for one that is a bug of ours. Nobody logs a problem's own
 * stack trace, and thousands of these are made a second while the breaker is open: they have none.
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
  const unharmed = isRead ? 'No earlier answer is at hand.' : 'Nothing was changed.';
  const detail = error.outcomeUnknown ? OUTCOME_UNKNOWN : `${happened(error)} ${unharmed} Please try again later.`;
  const options = {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    // A refusal by the open breaker has no cause of its own worth a line for each request.
    ...(error.reason !== 'open' && { cause: error }),
  };
  return refusal(() => new Problem('database-unavailable', detail, { database: ['is unavailable'] }, options));
}

function happened({ reason }: DatabaseUnavailable): string {
  if (reason === 'read-only') return 'The database takes no changes at the moment.';
  return LATE.includes(reason) ? 'The database did not answer in time.' : 'The database cannot be reached.';
}
