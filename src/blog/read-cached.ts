import type { FastifyInstance } from 'fastify';
import type { CacheAnswer, CacheKey } from '../cache/answer.ts';
import type { CacheEntry } from '../cache/entry.ts';
import { NOT_ASKED } from '../database/errors.ts';
import type { RequestDatabase } from '../database/request-database.ts';
import type { Statement, StatementValue } from '../database/statement.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the cache was asked for; null before that. */
    origins: Origin[] | null;
  }
}

/** What an answer is made of; `entry` is undefined where memory did not have it, or it was no answer of now. */
export type Origin = { readonly key: CacheKey; readonly entry: CacheEntry | undefined };

/** A request, as far as it is about data: its own view of the database, and the cache. */
export type Asking = {
  readonly database: RequestDatabase;
  readonly server: Pick<FastifyInstance, 'cache'>;
  origins: Origin[] | null;
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
  request.origins ??= [];
  request.origins.push({ key, entry: answer instanceof Promise ? undefined : answer.entry });
  return answer instanceof Promise ? answer.then(certain) : answer;
}

/** That a replica which is behind has not got it does not say that there is no such thing. */
function certain(answer: CacheAnswer): CacheAnswer {
  if (answer.source === 'stale' && answer.entry.body === null) throw NOT_ASKED;
  return answer;
}
