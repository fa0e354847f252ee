import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { etagOf } from '../cache/entry.ts';
import type { Statement, StatementValue } from '../database/statement.ts';
import { isRead } from '../http/methods.ts';
import { cacheStatus } from './cache-status.ts';
import type { Family } from './families.ts';
import { notFound } from './not-found.ts';
import { isPossibleName } from './parameters.ts';
import { readCached } from './read-cached.ts';
import { marksFor, sharedBody, withMarks } from './viewer-marks.ts';

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
 * Answers a read from the cache or, in one round trip, from PostgreSQL: the same bytes, never parsed on the way. A brief
 * answer is one of endlessly many that anyone can ask for: it is not kept for outages.
 * @throws {Problem} not-found
 * @throws {DatabaseUnavailable | DatabaseOverloaded} when there is nothing older to give
 */
export async function sendRead(
  request: FastifyRequest,
  reply: FastifyReply,
  read: CachedRead,
  values: readonly StatementValue[],
  options: { readonly isBrief?: boolean } = {},
): Promise<FastifyReply> {
  const isBrief = (text: string) => options.isBrief === true || isEmptyList(text);
  const key = { family: read.family, name: `${read.key}:${JSON.stringify(values)}`, isBrief };
  const answer = await readCached(request, key, read.statement, values);
  reply.header('cache-status', cacheStatus(answer, request.server.database.accepting));
  if (answer.entry.body === null) throw notFound(read.missing);
  reply.header('age', Math.max(0, Math.floor((Date.now() - answer.entry.loadedAt) / 1000)));
  return sendBody(request, reply, answer.entry.body, answer.entry.etag);
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

/** Sends a shared body with the viewer's marks in it. `etag` is that of the body as it is shared. */
async function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Buffer,
  etag: string,
): Promise<FastifyReply> {
  const shared = sharedBody(body);
  let { bytes } = shared;
  let ownEtag = etag;
  if (request.viewer !== null && shared.places.length > 0) {
    const found = await marksFor(request, request.viewer.id, shared);
    if (found === undefined) reply.header('viewer-marks', 'unavailable');
    else {
      if (found.stale) reply.header('viewer-marks', 'stale');
      const marked = withMarks(shared, found.marks);
      bytes = marked.bytes;
      ownEtag = variantEtag(etag, marked.variant);
    }
  }
  reply.header('cache-control', 'no-cache').header('etag', ownEtag);
  if (shared.next !== undefined) reply.header('link', nextLink(request.url, shared.next));
  if (shared.places.length > 0) reply.header('vary', addToList(reply.getHeader('vary'), 'authorization'));
  // What a write returns is never "unchanged".
  if (isRead(request.method) && matches(request.headers['if-none-match'], ownEtag, 'weak')) {
    return reply.code(304).send();
  }
  return reply.header('content-type', 'application/json; charset=utf-8').send(bytes);
}

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
): Promise<FastifyReply> {
  const body = Buffer.from(text);
  return sendBody(request, reply.code(status), body, etagOf(body));
}

/** The ETag of a shared body as one viewer sees it. */
export function variantEtag(etag: string, variant: string): string {
  return variant === '' ? etag : `${etag.slice(0, -1)}.${variant}"`;
}

/** The same list behind the cursor: Link, RFC 8288. */
function nextLink(url: string, cursor: string): string {
  const next = new URL(url, 'http://localhost');
  next.searchParams.delete('offset');
  next.searchParams.set('cursor', cursor);
  return `<${next.pathname}${next.search}>; rel="next"`;
}

function addToList(header: number | string | string[] | undefined, item: string): string {
  return header === undefined ? item : `${header}, ${item}`;
}
