import pg from 'pg';

export type UnavailableReason =
  | 'open'
  | 'connection'
  | 'timeout'
  | 'statement-timeout'
  | 'deadline'
  | 'server'
  | 'read-only';

/**
 * The database cannot answer now. `open` means that it was not even asked, `read-only` that it is not the primary, and
 * `deadline` that the request's time was over before the answer came.
 */
export class DatabaseUnavailable extends Error {
  readonly reason: UnavailableReason;
  /** True when a change was on its way and no answer came: it may have been made, or not. */
  readonly outcomeUnknown: boolean;

  constructor(reason: UnavailableReason, cause?: unknown, outcomeUnknown = false) {
    super(`the database is unavailable (${reason})`, { cause });
    this.name = 'DatabaseUnavailable';
    this.reason = reason;
    this.outcomeUnknown = outcomeUnknown;
  }
}

/**
 * `lock` is a row or table that somebody else holds, or a conflict with them that did not go away by trying again.
 * `deadline` is the request's own, and `caller-gone` a client that went away: nobody waits for the answer.
 */
export type OverloadReason = 'queue-full' | 'queue-timeout' | 'deadline' | 'caller-gone' | 'lock';

/** There was no room for this call. Nothing was changed, and it is no failure that the breaker counts. */
export class DatabaseOverloaded extends Error {
  readonly reason: OverloadReason;

  constructor(reason: OverloadReason, cause?: unknown) {
    super(`no room at the database (${reason})`, { cause });
    this.name = 'DatabaseOverloaded';
    this.reason = reason;
  }
}

/**
 * A refusal that costs microseconds: made without the stack trace nobody would read.
 * (V8 collects none while Error.stackTraceLimit is 0.)
 */
export function refusal<Refusal extends Error>(make: () => Refusal): Refusal {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The breaker is open. Thousands a second may be told, by one and the same error: nothing in it is one caller's own. */
export const NOT_ASKED = refusal(() => new DatabaseUnavailable('open'));

/** What a failed call means for the breaker and for the connection it ran on. */
export type Verdict = {
  /** Set when the database failed, rather than answered that the call was wrong. */
  readonly unavailable?: UnavailableReason;
  readonly keepConnection: boolean;
  /** The whole transaction may be tried again: lock not had, serialization failure, deadlock. */
  readonly retry: boolean;
};

const ANSWERED: Verdict = { keepConnection: true, retry: false };
const CONFLICT: Verdict = { keepConnection: true, retry: true };
const LOST: Verdict = { unavailable: 'connection', keepConnection: false, retry: false };

/**
 * Judges what a statement or a connection attempt threw; a statement of ours that was not sent did no harm.
 * SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function judge(error: unknown): Verdict {
  if (error instanceof DatabaseOverloaded) return ANSWERED;
  if (error instanceof DatabaseUnavailable) return { ...LOST, unavailable: error.reason };
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) {
    // node-postgres' time-outs carry no code (8.23); only their words tell them from a lost connection.
    const timedOut = error instanceof Error && /timeout/i.test(error.message);
    return timedOut ? { ...LOST, unavailable: 'timeout' } : LOST;
  }
  const { code } = error;
  switch (code) {
    case '57014': // query_canceled, by statement_timeout
      return { unavailable: 'statement-timeout', keepConnection: true, retry: false };
    case '55P03': // lock_not_available
    case '40001': // serialization_failure
    case '40P01': // deadlock_detected
      return CONFLICT;
    case '25006': // read_only_sql_transaction: this node was demoted
      return { ...LOST, unavailable: 'read-only' };
    case '25P03': // idle_in_transaction_session_timeout: the session is gone
    case '26000': // invalid_sql_statement_name: the session lost what was prepared in it, ...
    case '42P05': // duplicate_prepared_statement: ... or has another's; something stands between us and PostgreSQL
      return { ...LOST, unavailable: 'server' };
  }
  const serverFailed = /^(08|28|3D|53|57P|58|XX)/.test(code);
  return serverFailed ? { ...LOST, unavailable: 'server' } : ANSWERED;
}

/**
 * PostgreSQL said that the statement failed, so that it has had no effect: ended for its time limit (57014), not on the
 * primary (25006), its preparation lost (26000, 42P05), or for want of disk, memory or connections (class 53). Or
 * node-postgres (8.23) knew the connection to be lost and has sent nothing.
 */
export function isWithoutEffect(cause: unknown): boolean {
  if (cause instanceof pg.DatabaseError) return /^(57014|25006|26000|42P05|53)/.test(cause.code ?? '');
  return cause instanceof Error && cause.message.endsWith('is not queryable');
}

/** The metric's error_type: an SQLSTATE, or a word of ours. Never free text. */
export function errorTypeOf(error: unknown): string {
  if (error instanceof DatabaseUnavailable || error instanceof DatabaseOverloaded) return error.reason;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'other';
}

/** Servers answer, but none of those that may be the primary is. */
export class NoPrimary extends Error {
  constructor(servers: readonly string[]) {
    super(`none of ${servers.join(', ')} is the primary`);
    this.name = 'NoPrimary';
  }
}

/** Why the database could not be reached, as far as it decides what a person has to do. */
export type ConnectionProblem = 'credentials' | 'no-such-database' | 'no-primary' | 'pooler' | 'unreachable';

/** PgBouncer says all of its own with 08P01 (1.18), so that only the words tell what it is. */
const PGBOUNCER = [
  [/^SASL authentication failed|^password authentication failed|^no such user/, 'credentials'],
  [/^database ".*" does not exist|^no such database/, 'no-such-database'],
  [/^unsupported startup parameter/, 'pooler'],
] as const;

/**
 * SQLSTATE class 28 is invalid authorization, 3D000 an unknown database; anything else may pass by itself. `pooler` is
 * a PgBouncer where PostgreSQL was expected. Of several servers it is what all of them say.
 */
export function connectionProblem(error: unknown): ConnectionProblem {
  if (error instanceof AggregateError) {
    const [kind = 'unreachable', ...others] = new Set(error.errors.map((one: unknown) => connectionProblem(one)));
    return others.length === 0 ? kind : 'unreachable';
  }
  if (error instanceof NoPrimary) return 'no-primary';
  if (error instanceof pg.DatabaseError) {
    if (error.code?.startsWith('28')) return 'credentials';
    if (error.code === '3D000') return 'no-such-database';
    if (error.code === '08P01') return PGBOUNCER.find(([words]) => words.test(error.message))?.[1] ?? 'unreachable';
  }
  return 'unreachable';
}

/** Something answered, and refuses who we are or what we ask for: a person has to mend it. */
export function isRefusal(kind: ConnectionProblem): boolean {
  return kind === 'credentials' || kind === 'no-such-database' || kind === 'pooler';
}
