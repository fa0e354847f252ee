import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CacheAnswer } from '../cache/answer.ts';
import { etagOf } from '../cache/entry.ts';
import type { Statement, StatementValue } from '../database/statement.ts';
import { isRead } from '../http/methods.ts';
import { cacheOutcome, cacheStatus } from './cache-status.ts';
import type { Family } from './families.ts';
import { notFound } from './not-found.ts';
import { isPossibleName } from './parameters.ts';
import { readCached } from './read-cached.ts';
import { marksFor, type SharedBody, sharedBody, type ViewerMarks, withMarks } from './viewer-marks.ts';

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
  const key = { family: read.family, name: `${read.key}:${JSON.stringify(values)}`, isBrief };
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
  reply.header('age', Math.max(0, Math.floor((Date.now() - entry.loadedAt) / 1000)));
  return sendBody(request, reply, entry.body, entry.etag);
}

/** Sends a shared body with the viewer's marks in it. `etag` is that of the body as it is shared. */
function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Buffer,
  etag: string,
): undefined | Promise<undefined> {
  const shared = sharedBody(body);
  if (shared.next !== undefined) reply.header('link', nextLink(request.url, shared));
  if (shared.places.length > 0) reply.header('vary', addToList(reply.getHeader('vary'), 'authorization'));
  if (request.viewer === null || shared.places.length === 0) return sendBytes(request, reply, shared.bytes, etag);

  const sendMarked = (found: ViewerMarks | undefined): undefined => {
    if (found === undefined) {
      reply.header('viewer-marks', 'unavailable');
      return sendBytes(request, reply, shared.bytes, etag);
    }
    if (found.stale) reply.header('viewer-marks', 'stale');
    const { bytes, variant } = withMarks(shared, found.marks);
    return sendBytes(request, reply, bytes, variantEtag(etag, variant));
  };
  const marks = marksFor(request, request.viewer.id, shared);
  return marks instanceof Promise ? marks.then(sendMarked) : sendMarked(marks);
}

function sendBytes(request: FastifyRequest, reply: FastifyReply, bytes: Buffer, etag: string): undefined {
  reply.header('cache-control', 'no-cache').header('etag', etag);
  // What a write returns is never "unchanged".
  if (isRead(request.method) && matches(request.headers['if-none-match'], etag, 'weak')) reply.code(304).send();
  else reply.header('content-type', 'application/json; charset=utf-8').send(bytes);
}

const always = () => true;

/** Pages behind the end and lists of nobody's articles: anyone can ask for endlessly many. */
function isEmptyList(text: string): boolean {
  return text.startsWith('{"articles":[]');
}

/** If-None-Match compares weakly, If-Match strongly: a weak tag never matches there (RFC 9110, section 13.1). */
export function matches(header: string | undefined, etag: string, comparison: 'weak' | 'strong'): boolean {
  if (header === undefined) return false;
  return header
    .split(',')
    .map((candidate) => candidate.trim())
    .map((candidate) => (comparison === 'weak' ? candidate.replace(/^W\//, '') : candidate))
    .some((candidate) => candidate === '*' || candidate === etag);
}

/** Sends the shared body that a write returned, as the writer sees it. */
export function sendWritten(
  request: FastifyRequest,
  reply: FastifyReply,
  status: 200 | 201,
  text: string,
): undefined | Promise<undefined> {
  const body = Buffer.from(text);
  return sendBody(request, reply.code(status), body, etagOf(body));
}

/** The ETag of a shared body as one viewer sees it. */
export function variantEtag(etag: string, variant: string): string {
  return variant === '' ? etag : `${etag.slice(0, -1)}.${variant}"`;
}

type Link = { readonly url: string; readonly text: string };

/** The link that was last given with a body: most of those who read it ask in the same words. */
const lastLinks = new WeakMap<SharedBody, Link>();

/** The same list behind the cursor: Link, RFC 8288. */
function nextLink(url: string, shared: SharedBody): string {
  const last = lastLinks.get(shared);
  if (last?.url === url) return last.text;
  const next = new URL(url, 'http://localhost');
  next.searchParams.delete('offset');
  next.searchParams.set('cursor', shared.next ?? '');
  const text = `<${next.pathname}${next.search}>; rel="next"`;
  lastLinks.set(shared, { url, text });
  return text;
}

function addToList(header: number | string | string[] | undefined, item: string): string {
  return header === undefined ? item : `${header}, ${item}`;
}
