import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CacheAnswer } from '../cache/cache.ts';
import type { Statement, StatementValue } from '../database/statement.ts';
import { Problem } from '../http/problem.ts';
import type { Family } from './families.ts';
import { isPossibleName } from './parameters.ts';

/** A read of the blog: a statement whose one text is the finished body, and what outdates it. */
export type CachedRead = {
  readonly family: Family;
  readonly statement: Statement;
  /** What the 404 says is missing, where the statement may return no row. */
  readonly missing?: string;
  /** The statement's name and a digest of its text: a body of another shape has another key. */
  readonly key: string;
};

export function cachedRead(family: Family, statement: Statement, missing?: string): CachedRead {
  const digest = createHash('sha256').update(statement.text).digest('base64url').slice(0, 8);
  const key = `${statement.name}:${digest}`;
  return { family, statement, key, ...(missing !== undefined && { missing }) };
}

/**
 * Answers a read from the cache or, in one round trip, from PostgreSQL: the same bytes, never parsed on the way.
 * @throws {Problem} not-found
 * @throws {DatabaseUnavailable | DatabaseOverloaded} when there is nothing older to give
 */
export async function sendRead(
  request: FastifyRequest,
  reply: FastifyReply,
  read: CachedRead,
  values: readonly StatementValue[],
): Promise<FastifyReply> {
  const { cache, database } = request.server;
  const key = { family: read.family, name: `${read.key}:${JSON.stringify(values)}` };
  const answer = await cache.read(key, () => database.query(read.statement, values));
  // Without the database no answer can be checked any more: whatever is given then is marked, fresh or not.
  const source = answer.source === 'load' || database.accepting ? answer.source : 'stale';
  return sendAnswer(request, reply, { entry: answer.entry, source }, read.missing);
}

/** Like `sendRead`, for the one thing of that name. A name that nothing can have is missing without asking. */
export async function sendNamed(
  request: FastifyRequest,
  reply: FastifyReply,
  read: CachedRead,
  name: string,
): Promise<FastifyReply> {
  if (!isPossibleName(name)) throw notFound(read.missing);
  return sendRead(request, reply, read, [name]);
}

function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  { entry, source }: CacheAnswer,
  missing: string | undefined,
): FastifyReply {
  const now = Date.now();
  reply.header('cache-status', cacheStatus(source, Math.round((entry.freshUntil - now) / 1000)));
  if (entry.body === null) {
    throw notFound(missing);
  }
  reply
    .header('age', Math.max(0, Math.floor((now - entry.loadedAt) / 1000)))
    .header('cache-control', 'no-cache')
    .header('etag', entry.etag);
  if (matches(request.headers['if-none-match'], entry.etag)) return reply.code(304).send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(entry.body);
}

function notFound(missing = 'resource'): Problem {
  return new Problem('not-found', `There is no such ${missing}.`, { [missing]: ['not found'] });
}

/** Where the answer comes from, for whoever reads headers: RFC 9211. An expired answer has a negative ttl. */
function cacheStatus(source: CacheAnswer['source'], ttl: number): string {
  switch (source) {
    case 'load':
      return 'Steadfast; fwd=miss; stored';
    case 'stale':
      return `Steadfast; hit; ttl=${ttl}; detail=stale-if-error`;
    default:
      return `Steadfast; hit; ttl=${ttl}; detail=${source}`;
  }
}

/** If-None-Match compares weakly (RFC 9110, section 13.1.2). */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header
    .split(',')
    .map((candidate) => candidate.trim().replace(/^W\//, ''))
    .some((candidate) => candidate === '*' || candidate === etag);
}
