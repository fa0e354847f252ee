import type { FastifyInstance } from 'fastify';
import type { CacheAnswer, CacheKey } from '../cache/answer.ts';
import { DatabaseUnavailable, refusal } from '../database/errors.ts';
import type { RequestDatabase } from '../database/request-database.ts';
import type { Statement, StatementValue } from '../database/statement.ts';

/** A request, as far as it is about data: its own view of the database, and the cache. */
export type Asking = {
  readonly database: RequestDatabase;
  readonly server: Pick<FastifyInstance, 'cache'>;
};

/**
 * Reads what a statement returns through the cache, for this request: a replica answers only what it certainly has, and
 * nothing is asked that nobody waits for any more.
 * @throws {DatabaseUnavailable | DatabaseOverloaded} when there is nothing older to give
 */
export async function readCached(
  { server, database }: Asking,
  key: CacheKey,
  statement: Statement,
  values: readonly StatementValue[],
): Promise<CacheAnswer> {
  const answer = await server.cache.read(
    key,
    (reading) => database.query(statement, values, reading),
    database.isUnwanted,
  );
  // That a replica which is behind has not got it does not say that there is no such thing.
  if (answer.source === 'stale' && answer.entry.body === null) throw refusal(() => new DatabaseUnavailable('open'));
  return answer;
}
