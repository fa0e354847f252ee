import type { PoolClient, QueryArrayConfig } from 'pg';
import { judge } from './errors.ts';
import type { Statement, StatementValue } from './statement.ts';

/** Statements within one transaction, on one connection. */
export type Transaction = {
  query(statement: Statement, values: readonly StatementValue[]): Promise<string | null>;
};

/** node-postgres takes a time limit with each query (8.23); its types do not say so. */
type TimedQuery = QueryArrayConfig & { readonly query_timeout: number };

export type Progress = {
  /** How long a statement that begins now may take, in milliseconds: its own limit, or what is left of the request's. */
  readonly limitMs: () => number;
  /** Statements are prepared under their name. Not behind a pooler: the next one may reach another session. */
  readonly prepares: boolean;
  /** From here on a change may take effect without our hearing of it. */
  changing: boolean;
  /** The caller was told that it failed: nothing may be committed any more. */
  givenUp: boolean;
};

/** Carries what the caller's own code threw inside a transaction past the judgement of database errors. */
export class WorkError extends Error {}

/** Runs one statement on this connection and returns its one text. */
export async function ask(
  client: PoolClient,
  statement: Statement,
  values: readonly StatementValue[],
  { limitMs, prepares }: Progress,
): Promise<string | null> {
  const query: TimedQuery = {
    ...(prepares && { name: statement.name }),
    text: statement.text,
    values: [...values],
    rowMode: 'array',
    query_timeout: limitMs(),
  };
  const { rows } = await client.query<(string | null)[]>(query);
  return rows[0]?.[0] ?? null;
}

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
  await client.query('begin');
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
  if (progress.givenUp) {
    await client.query('rollback');
    throw new WorkError('', { cause: new Error('given up before it was committed') });
  }
  progress.changing = true;
  await client.query('commit');
  return result;
}
