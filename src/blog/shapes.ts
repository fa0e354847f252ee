import Type, { type TSchema } from 'typebox';
import { problemReply } from '../http/problem-schema.ts';

/** Bodies of the RealWorld contract that several routes share. PostgreSQL builds them; these document them. */

const textOrNull = (example: string) => Type.Union([Type.String(), Type.Null()], { examples: [example] });

export const bio = textOrNull('Counts things.');
export const image = textOrNull('https://example.com/avatars/ada.png');

export const profile = Type.Object({
  username: Type.String({ examples: ['ada'] }),
  bio,
  image,
  following: Type.Boolean({ description: 'whether the reader follows this person' }),
});

const time = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-03-04T08:15:00.000Z'] });

export const createdAt = time('when it was written');
export const updatedAt = time('when it was last changed');

const RETRY_AFTER = Type.Integer({ description: 'seconds until it is worth trying again', examples: [5] });

/** The headers of an answer that was limited, or says how much is left (http/rate-limits.ts). */
const LIMITS = {
  'RateLimit-Limit': Type.Integer({ description: 'how many there may be in a window', examples: [6000] }),
  'RateLimit-Remaining': Type.Integer({ description: 'how many are left', examples: [5999] }),
  'RateLimit-Reset': Type.Integer({ description: 'seconds until the window ends', examples: [42] }),
};

const OTHER_REPLIES = {
  304: { type: 'null', description: 'unchanged since the ETag that If-None-Match names' },
  400: problemReply('the path cannot be decoded, or the body is not JSON'),
  401: problemReply('no valid access token, or wrong credentials'),
  403: problemReply('it belongs to somebody else'),
  404: problemReply('there is no such thing'),
  409: problemReply('the name or address is taken; errors says which'),
  412: problemReply('it has changed since the ETag that If-Match names'),
  413: problemReply('the body is larger than the server takes'),
  415: problemReply('the body is not application/json'),
  422: problemReply('something is malformed or missing; errors names it'),
  429: problemReply('too many requests', { ...LIMITS, 'Retry-After': RETRY_AFTER }),
  503: problemReply('the database is away, or there is no room', { 'Retry-After': RETRY_AFTER }),
} as const;

type OtherStatus = keyof typeof OTHER_REPLIES;

/** What any request with a JSON body may be refused with. */
export const BODY_REFUSALS = [400, 413, 415, 422] as const satisfies readonly OtherStatus[];

/** The same of one that needs no body, and may bring one. */
export const NO_BODY_REFUSALS = [400, 413, 415] as const satisfies readonly OtherStatus[];

/** The headers of a body that may be cached (cached-read.ts). */
const CACHED = {
  ETag: Type.String({ description: 'of these bytes, for If-None-Match and If-Match', examples: ['"PnHE…"'] }),
};
const READ = {
  ...CACHED,
  Age: Type.Integer({ description: 'seconds since it was read from PostgreSQL', examples: [0] }),
  'Cache-Status': Type.String({
    description: 'where it comes from (RFC 9211); stale-if-error while PostgreSQL is away',
    examples: ['Steadfast; hit; ttl=28; detail=memory'],
  }),
  'Viewer-Marks': Type.String({
    description:
      'while PostgreSQL is away: unavailable, when nobody can say what you like and follow; stale, when it may have ' +
      'changed since; left out otherwise',
    examples: ['unavailable'],
  }),
};
const LIST = {
  ...READ,
  Link: Type.String({
    description: 'the rest of the list (RFC 8288); left out at its end',
    examples: ['</api/articles?cursor=1772612100000.36>; rel="next"'],
  }),
};

/** The replies of a route: the good one, the problems that are named, and 429 and 503. */
export function replies<Status extends number, Body extends TSchema>(
  status: Status,
  body: Body,
  ...others: readonly OtherStatus[]
): Record<Status, Body> & Record<number, unknown> {
  return documentedReplies(status, body, {}, others) as Record<Status, Body> & Record<number, unknown>;
}

/**
 * The same for bodies that PostgreSQL builds. They document and are tested against; the bytes are never serialised
 * again, so the type says no more than that.
 */
export function rawReplies(
  status: number,
  body: TSchema,
  ...others: readonly OtherStatus[]
): Record<number, unknown> {
  return documentedReplies(status, body, CACHED, others);
}

/** Those of a read: 200, 304, 429, 503, and of the others those that are named. */
export function readReplies(body: TSchema, ...others: readonly OtherStatus[]): Record<number, unknown> {
  return documentedReplies(200, body, READ, [304, ...others]);
}

/** Those of a read that comes in pages. */
export function listReplies(body: TSchema, ...others: readonly OtherStatus[]): Record<number, unknown> {
  return documentedReplies(200, body, LIST, [304, ...others]);
}

function documentedReplies(
  status: number,
  body: TSchema & { description?: string; type?: unknown },
  headers: Record<string, TSchema>,
  others: readonly OtherStatus[],
): Record<number, unknown> {
  const { description = '' } = body;
  const empty = body.type === 'null';
  const good = empty ? body : { description, headers, content: { 'application/json': { schema: body } } };
  const named = [...others, 429, 503] as const;
  return { ...Object.fromEntries(named.map((other) => [other, OTHER_REPLIES[other]])), [status]: good };
}

/** Headers of requests that some routes understand. All are optional; what is wrong with one is said by its room. */
export const ifNoneMatch = Type.Object({
  'If-None-Match': Type.Optional(
    Type.String({ description: 'the ETag you have: 304 if it is still right', examples: ['"PnHE…"'] }),
  ),
});
export const ifMatch = Type.Object({
  'If-Match': Type.Optional(
    Type.String({ description: 'the ETag you read: 412 if it changed since', examples: ['"PnHE…"'] }),
  ),
});
export const idempotencyKey = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      description: 'made up by you, 1 to 255 characters: repeating the request within a day does nothing again',
      examples: ['8e03978e-40d5-43e8-bc93-6894a57f9324'],
    }),
  ),
});
