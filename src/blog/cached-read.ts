import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CacheAnswer } from '../cache/answer.ts';
import type { Statement, StatementValue } from '../database/statement.ts';
import { ageOf, cacheOutcome, cacheStatus } from './cache-status.ts';
import type { Family } from './families.ts';
import { notFound } from './not-found.ts';
import { isPossibleName } from './parameters.ts';
import { readCached } from './read-cached.ts';
import { sendBody } from './sent-body.ts';

/** A read of the blog: a statement whose one text is a shared body, and what outdates it. */
export type CachedRead = {
  readonly familyOf: (values: readonly StatementValue[]) => Family;
  readonly statement: Statement;
  /** What the 404 says is missing, where the statement may return no row. */
  readonly missing?: string;
  /** The statement's name and a digest of its text: a body of another shape has another key. */
  readonly key: string;
};

/** `family` may depend on the first of the statement's values, the name of what is read. */
export function cachedRead(
  family: Family | ((name: string) => Family),
  statement: Statement,
  missing?: string,
): CachedRead {
  const familyOf =
    typeof family === 'string' ? () => family : ([name]: readonly StatementValue[]) => family(String(name));
  const digest = createHash('sha256').update(statement.text).digest('base64url').slice(0, 8);
  const key = `${statement.name}:${digest}`;
  return { familyOf, statement, key, ...(missing !== undefined && { missing }) };
}

/**
 * Answers a read from the cache or, in one round trip, from PostgreSQL: the same bytes, never parsed on the way. What is
 * in memory is sent at once, without a promise. A brief answer is one of endlessly many that anyone can ask for: it is
 * not kept for outages.
 * @throws {Problem} not-found
 * @throws {DatabaseUnavailable | DatabaseOverloaded} when there is nothing older to give
 */
export function sendRead(
  request: FastifyRequest,
  reply: FastifyReply,
  read: CachedRead,
  values: readonly StatementValue[],
  options: { readonly isBrief?: boolean } = {},
): undefined | Promise<undefined> {
  const isBrief = options.isBrief === true ? always : isEmptyList;
  const key = { family: read.familyOf(values), name: `${read.key}:${JSON.stringify(values)}`, isBrief };
  const answer = readCached(request, key, read.statement, values);
  if (answer instanceof Promise) return answer.then((later) => sendAnswer(request, reply, read, later));
  return sendAnswer(request, reply, read, answer);
}

/** Like `sendRead`, for the one thing of that name. A name that nothing can have is missing without asking. */
export function sendNamed(
  request: FastifyRequest,
  reply: FastifyReply,
  read: CachedRead,
  name: string,
): undefined | Promise<undefined> {
  if (!isPossibleName(name)) throw notFound(read.missing);
  return sendRead(request, reply, read, [name]);
}

function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  read: CachedRead,
  answer: CacheAnswer,
): undefined | Promise<undefined> {
  const { entry } = answer;
  const outcome = cacheOutcome(answer, request.server.database.accepting);
  request.cacheOutcome = outcome;
  reply.header('cache-status', cacheStatus(answer, outcome));
  if (entry.body === null) throw notFound(read.missing);
  reply.header('age', ageOf(entry));
  const remembered = answer.source === 'memory' ? entry : undefined;
  return sendBody(request, reply, entry.body, { etag: entry.etag, remembered });
}

const always = () => true;

const EMPTY_LIST = '{"articles":[]';

/** Pages behind the end and lists of nobody's articles: anyone can ask for endlessly many. */
function isEmptyList(body: Buffer): boolean {
  return body.toString('latin1', 0, EMPTY_LIST.length) === EMPTY_LIST;
}
