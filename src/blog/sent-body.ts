import type { FastifyReply, FastifyRequest } from 'fastify';
import { type CacheEntry, etagOf } from '../cache/entry.ts';
import { codingsFor } from '../http/content-coding.ts';
import { codedEtag, matchingEtag } from '../http/etags.ts';
import { isRead } from '../http/methods.ts';
import { isWorthPacking, packed } from './packed-bodies.ts';
import { type SharedBody, sharedBody, withMarks } from './shared-body.ts';
import { marksFor, marksOfWriter, type ViewerMarks, type WriterMarks } from './viewer-marks.ts';

/** One version of a body, under its ETag. */
type Version = {
  readonly bytes: Buffer;
  readonly etag: string;
  /** What was found in memory: what is asked for once only is not worth packing, nor repeating. */
  readonly remembered: CacheEntry | undefined;
};

/**
 * Sends a shared body with the viewer's marks in it: at once, unless the marks have to be looked up. `etag` is that of the
 * body as it is shared, `known` says what the marks are where that is known.
 */
export function sendBody(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Buffer,
  { etag, remembered }: Omit<Version, 'bytes'>,
  known?: WriterMarks,
): undefined | Promise<undefined> {
  const shared = sharedBody(body);
  if (shared.next !== undefined) reply.header('link', nextLink(request.url, shared));
  const vary = varyOf(shared);
  if (vary !== undefined) reply.header('vary', addToList(reply.getHeader('vary'), vary));
  const unmarked = { bytes: shared.bytes, etag, remembered };
  if (request.viewer === null || !isAboutSomeone(shared)) return sendVersion(request, reply, unmarked, true);

  const sendMarked = (found: ViewerMarks | undefined): undefined => {
    if (found === undefined || found.stale)
      reply.header('viewer-marks', found === undefined ? 'unavailable' : 'stale');
    const { bytes, variant } =
      found === undefined ? { bytes: shared.bytes, variant: '' } : withMarks(shared, found.marks);
    if (variant === '') return sendVersion(request, reply, unmarked, true);
    return sendVersion(request, reply, { bytes, etag: variantEtag(etag, variant), remembered }, false);
  };
  if (known !== undefined) return sendMarked({ marks: marksOfWriter(shared, known), stale: false });
  const marks = marksFor(request, request.viewer.id, shared);
  return marks instanceof Promise ? marks.then(sendMarked) : sendMarked(marks);
}

/** `isShared`: these bytes are for others, too, so that packing them pays. */
function sendVersion(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, etag, remembered }: Version,
  isShared: boolean,
): undefined {
  reply.header('cache-control', 'no-cache');
  const ifNoneMatch = request.headers['if-none-match'];
  const codings = isWorthPacking(bytes) ? codingsFor(request.headers['accept-encoding']) : [];
  // What a write returns is never "unchanged".
  if (ifNoneMatch !== undefined && isRead(request.method)) {
    // In one of the forms that the client can read: a proxy in between may have others.
    const forms = [etag, ...codings.map((coding) => codedEtag(etag, coding))];
    const known = matchingEtag(ifNoneMatch, forms, 'weak');
    if (known !== undefined) {
      reply.header('etag', known).code(304).send();
      return;
    }
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  const [coding] = isShared && remembered !== undefined ? codings : [];
  const form = coding === undefined ? bytes : packed(bytes, coding);
  if (coding === undefined || form === undefined || form === bytes) reply.header('etag', etag);
  else reply.header('etag', codedEtag(etag, coding)).header('content-encoding', coding);
  reply.send(form ?? bytes);
  if (remembered !== undefined && form !== undefined) {
    request.server.repeatedReads.keep(request, reply, { entry: remembered, body: form });
  }
}

/** Sends the shared body that a write returned, as the writer sees it. `known`: the write knows the marks itself. */
export function sendWritten(
  request: FastifyRequest,
  reply: FastifyReply,
  status: 200 | 201,
  text: string,
  known?: WriterMarks,
): undefined | Promise<undefined> {
  const body = Buffer.from(text);
  return sendBody(request, reply.code(status), body, { etag: etagOf(body), remembered: undefined }, known);
}

/** The ETag of a shared body as one viewer sees it. */
export function variantEtag(etag: string, variant: string): string {
  return variant === '' ? etag : `${etag.slice(0, -1)}.${variant}"`;
}

/** What is remembered here is not counted in the cache's bound: it must be small. */
const LONGEST_REMEMBERED_URL = 200;

type Link = { readonly url: string; readonly text: string };

/** The link that was last given with a body: most of those who read it ask in the same words. */
const lastLinks = new WeakMap<SharedBody, Link>();

/** The same list behind the cursor: Link, RFC 8288. */
function nextLink(url: string, shared: SharedBody): string {
  const last = lastLinks.get(shared);
  if (last?.url === url) return last.text;
  const [path, ...queries] = url.split('?');
  // Behind the first of them a question mark is like any other character: RFC 3986, section 3.4.
  const parameters = new URLSearchParams(queries.join('?'));
  parameters.delete('offset');
  parameters.set('cursor', shared.next ?? '');
  const text = `<${path}?${parameters}>; rel="next"`;
  if (url.length <= LONGEST_REMEMBERED_URL) lastLinks.set(shared, { url, text });
  return text;
}

/** What other headers of a request the answer depends on, where it does. */
function varyOf(shared: SharedBody): string | undefined {
  const isPacked = isWorthPacking(shared.bytes);
  if (isAboutSomeone(shared)) return isPacked ? 'authorization, accept-encoding' : 'authorization';
  return isPacked ? 'accept-encoding' : undefined;
}

/** True where a viewer may have marks: no article is without its author. */
function isAboutSomeone({ people }: SharedBody): boolean {
  return people !== '';
}

function addToList(header: number | string | string[] | undefined, item: string): string {
  return header === undefined ? item : `${header}, ${item}`;
}
