import type { FastifyInstance } from 'fastify';
import type { CacheAnswer, CacheKey } from '../cache/answer.ts';
import { NOT_ASKED } from '../database/errors.ts';
import type { RequestDatabase } from '../database/request-database.ts';
import type { Statement, StatementValue } from '../database/statement.ts';

/** A request, as far as it is about data: its own view of the database, and the cache. */
export type Asking = {
  readonly database: RequestDatabase;
  readonly server: Pick<FastifyInstance, 'cache'>;
};

/**
 * Reads what a statement returns through the cache, for this request: a replica answers only what it certainly has, and
 * nothing is asked that nobody waits for any more. What is in memory is there at once.
 * @throws {DatabaseUnavailable | DatabaseOverloaded} when there is nothing older to give
 */
export function readCached(
  request: Asking,
  key: CacheKey,
  statement: Statement,
  values: readonly StatementValue[],
): CacheAnswer | Promise<CacheAnswer> {
  const answer = request.server.cache.read(
    key,
    (reading) => request.database.read(statement, values, reading),
    () => request.database.isUnwanted(),
  );
  return answer instanceof Promise ? answer.then(certain) : answer;
}

/** That a replica which is behind has not got it does not say that there is no such thing. */
function certain(answer: CacheAnswer): CacheAnswer {
  if (answer.source === 'stale' && answer.entry.body === null) throw NOT_ASKED;
  return answer;
}
