import pg from 'pg';
import { framesOf, withoutValues } from './error-shape.ts';

const DEEPEST_CAUSE = 4;

export type LoggedError = {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly [name: string]: unknown;
};

/**
 * An error as the log may have it. PostgreSQL puts parameters into detail, hint, where and what it quotes, and libraries
 * hang whatever they like on their errors: only what is named here gets through.
 */
export function errorForLog(thrown: unknown, depth = 0): LoggedError {
  if (!(thrown instanceof Error)) {
    return { type: typeof thrown, message: 'something that is no error was thrown', stack: '' };
  }
  const { name, message, cause } = thrown;
  return {
    type: name,
    message: withoutValues(message),
    stack: framesOf(thrown),
    ...('code' in thrown && { code: thrown.code }),
    ...(thrown instanceof pg.DatabaseError && namesOf(thrown)),
    ...(thrown instanceof AggregateError &&
      depth < DEEPEST_CAUSE && { errors: thrown.errors.map((one: unknown) => errorForLog(one, depth + 1)) }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: errorForLog(cause, depth + 1) }),
  };
}

function namesOf({ schema, table, column, constraint, routine }: pg.DatabaseError) {
  return { schema, table, column, constraint, routine };
}
