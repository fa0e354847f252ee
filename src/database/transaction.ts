import pg, { type PoolClient, type QueryConfig } from 'pg';
import { endDeadline, startDeadline } from './deadlines.ts';
import { DatabaseOverloaded, DatabaseUnavailable, judge, refusal } from './errors.ts';
import { namedText, noteStatement, type Statement, type StatementValue, type Step } from './statement.ts';
import { TextQuery } from './text-query.ts';

/** Statements within one transaction, on one connection. */
export type Transaction = {
  query(statement: Statement, values: readonly StatementValue[]): Promise<string | null>;
};

/** node-postgres takes a time limit with each query (8.23); its types do not say so. */
type TimedQuery = QueryConfig & { readonly query_timeout: number };

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

export function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString();
}

/** Carries what the caller's own code threw inside a transaction past the judgement of database errors. */
export class WorkError extends Error {}

/**
 * Runs one statement on this connection and returns its one text.
 * @throws {DatabaseOverloaded} without having sent it, when nobody waits for the answer any more
 * @throws {DatabaseUnavailable} when the statement's time, or the caller's, is over before there is an answer
 */
export async function ask(
  client: PoolClient,
  statement: Statement,
  values: readonly StatementValue[],
  progress: Progress,
): Promise<Buffer | null> {
  const [bytes = null] = await askTogether(client, [{ statement, values }], progress);
  return bytes;
}

/**
 * Runs statements one after the other, sent in one go, and returns the text of each. Where no transaction was begun they are
 * one: all of them take effect, or none. Here they have the time of one statement together, at PostgreSQL each its own.
 * @throws as `ask`
 */
export async function askTogether(
  client: PoolClient,
  steps: readonly Step[],
  progress: Progress,
): Promise<readonly (Buffer | null)[]> {
  const now = performance.now();
  if (isTooLate(progress, now)) throw notBegun();
  const query = new TextQuery(
    steps.map(({ statement, values }) => {
      return { name: progress.prepares ? statement.name : undefined, text: namedText(statement), values };
    }),
  );
  try {
    await send(client, query, progress, now);
    return query.texts;
  } catch (error) {
    // Where it was called from; its own stack only leads to the socket.
    if (error instanceof pg.DatabaseError) Error.captureStackTrace(error);
    // One that came when all were over is of what was put off until then; the last one stands for that.
    const failed = steps[Math.min(query.texts.length, steps.length - 1)];
    if (failed !== undefined) noteStatement(error, failed.statement);
    throw error;
  }
}

function send(
  client: PoolClient,
  query: TextQuery,
  { deadlineAt, queryTimeoutMs }: Progress,
  now: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    query.callback = (error) => {
      endDeadline(deadline);
      if (error === null) resolve();
      else reject(error);
    };
    const deadline = startDeadline(Math.min(now + queryTimeoutMs, deadlineAt), () => {
      // The connection is not used again.
      query.giveUp(
        refusal(() => new DatabaseUnavailable(deadlineAt < now + queryTimeoutMs ? 'deadline' : 'timeout')),
      );
    });
    client.query(query);
  });
}

/** Sends what begins or ends a transaction, with the same time limits as a statement. */
async function command(client: PoolClient, text: string, { deadlineAt, queryTimeoutMs }: Progress): Promise<void> {
  const leftMs = Math.max(1, Math.ceil(deadlineAt - performance.now()));
  const timed: TimedQuery = { text, query_timeout: Math.min(queryTimeoutMs, leftMs) };
  try {
    await client.query(timed);
  } catch (error) {
    const wasCut = leftMs < queryTimeoutMs && judge(error).unavailable === 'timeout';
    throw wasCut ? new DatabaseUnavailable('deadline', error) : error;
  }
}

/** The transaction may be rolled back after its caller's time is over, but not for ever. */
async function rollBack(client: PoolClient, { queryTimeoutMs }: Progress): Promise<void> {
  const timed: TimedQuery = { text: 'rollback', query_timeout: queryTimeoutMs };
  await client.query(timed);
}

function isTooLate({ givenUp, deadlineAt }: Progress, now = performance.now()): boolean {
  return givenUp || now >= deadlineAt;
}

const notBegun = () => refusal(() => new DatabaseOverloaded('deadline'));

/** Runs `work` between begin and commit on this connection; whatever goes wrong, it is rolled back. */
export async function inTransaction<Result>(
  client: PoolClient,
  progress: Progress,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  let failure = undefined as { readonly error: unknown } | undefined;
  const transaction: Transaction = {
    query: (statement, values) =>
      ask(client, statement, values, progress).then(textOf, (error: unknown) => {
        failure = { error };
        throw error;
      }),
  };
  if (isTooLate(progress)) throw notBegun();
  await command(client, 'begin', progress);
  let result: Result;
  try {
    result = await work(transaction);
  } catch (error) {
    const lost = failure !== undefined && !judge(failure.error).keepConnection;
    if (!lost) await rollBack(client, progress);
    throw failure?.error === error ? error : new WorkError('', { cause: error });
  }
  if (failure !== undefined) {
    // PostgreSQL answers commit with a silent rollback here: never let that pass for a success.
    await rollBack(client, progress);
    throw failure.error;
  }
  if (isTooLate(progress)) {
    await rollBack(client, progress);
    throw notBegun();
  }
  progress.changing = true;
  await command(client, 'commit', progress);
  return result;
}
