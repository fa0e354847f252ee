import type { PoolClient, QueryArrayConfig, QueryConfig } from 'pg';
import { DatabaseOverloaded, DatabaseUnavailable, judge, refusal } from './errors.ts';
import { namedText, noteStatement, type Statement, type StatementValue } from './statement.ts';

/** Statements within one transaction, on one connection. */
export type Transaction = {
  query(statement: Statement, values: readonly StatementValue[]): Promise<string | null>;
};

/** node-postgres takes a time limit with each query (8.23); its types do not say so. */
type TimedQuery = QueryArrayConfig & { readonly query_timeout: number };

export type Progress = {
  /** When the caller's time is over, in the milliseconds of `performance.now()`. */
  readonly deadlineAt: number;
  /** How long a statement may take if the caller has as much time. */
  readonly queryTimeoutMs: number;
  /** Statements are prepared under their name. Not behind a pooler: the next one may reach another session. */
  readonly prepares: boolean;
  /** From here on a change may take effect without our hearing of it. */
  changing: boolean;
  /** The caller was told that it failed: nothing may be committed any more. */
  givenUp: boolean;
};

/** Carries what the caller's own code threw inside a transaction past the judgement of database errors. */
export class WorkError extends Error {}

/**
 * Runs one statement on this connection and returns its one text.
 * @throws {DatabaseOverloaded} without having sent it, when nobody waits for the answer any more
 */
export async function ask(
  client: PoolClient,
  statement: Statement,
  values: readonly StatementValue[],
  progress: Progress,
): Promise<string | null> {
  if (isTooLate(progress)) throw tooLate();
  try {
    return await send(client, progress, {
      ...(progress.prepares && { name: statement.name }),
      text: namedText(statement),
      values: [...values],
    });
  } catch (error) {
    noteStatement(error, statement);
    throw error;
  }
}

/** @throws {DatabaseUnavailable} when the caller's time is over before there is an answer */
async function send(
  client: PoolClient,
  { deadlineAt, queryTimeoutMs }: Progress,
  query: QueryConfig,
): Promise<string | null> {
  const leftMs = Math.max(1, Math.ceil(deadlineAt - performance.now()));
  const timed: TimedQuery = { ...query, rowMode: 'array', query_timeout: Math.min(queryTimeoutMs, leftMs) };
  try {
    const { rows } = await client.query<(string | null)[]>(timed);
    return rows[0]?.[0] ?? null;
  } catch (error) {
    const wasCut = leftMs < queryTimeoutMs && judge(error).unavailable === 'timeout';
    throw wasCut ? new DatabaseUnavailable('deadline', error) : error;
  }
}

function isTooLate({ givenUp, deadlineAt }: Progress): boolean {
  return givenUp || performance.now() >= deadlineAt;
}

const tooLate = () => refusal(() => new DatabaseOverloaded('deadline'));

/** Runs `work` between begin and commit on this connection; whatever goes wrong, it is rolled back. */
export async function inTransaction<Result>(
  client: PoolClient,
  progress: Progress,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  let failure = undefined as { readonly error: unknown } | undefined;
  const transaction: Transaction = {
    query: (statement, values) =>
      ask(client, statement, values, progress).catch((error: unknown) => {
        failure = { error };
        throw error;
      }),
  };
  if (isTooLate(progress)) throw tooLate();
  await send(client, progress, { text: 'begin' });
  let result: Result;
  try {
    result = await work(transaction);
  } catch (error) {
    const lost = failure !== undefined && !judge(failure.error).keepConnection;
    if (!lost) await client.query('rollback');
    throw failure?.error === error ? error : new WorkError('', { cause: error });
  }
  if (failure !== undefined) {
    // PostgreSQL answers commit with a silent rollback here: never let that pass for a success.
    await client.query('rollback');
    throw failure.error;
  }
  if (isTooLate(progress)) {
    await client.query('rollback');
    throw tooLate();
  }
  progress.changing = true;
  await send(client, progress, { text: 'commit' });
  return result;
}
