import Type, { type TSchema } from 'typebox';

/** Bodies of the RealWorld contract that several routes share. PostgreSQL builds them; these document them. */

export const profile = Type.Object({
  username: Type.String({ examples: ['ada'] }),
  bio: Type.Union([Type.String(), Type.Null()]),
  image: Type.Union([Type.String(), Type.Null()]),
  following: Type.Boolean({ description: 'whether the reader follows this person' }),
});

const time = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-03-04T08:15:00.000Z'] });

export const createdAt = time('when it was written');
export const updatedAt = time('when it was last changed');

export const problem = Type.Object(
  {
    type: Type.String({ examples: ['urn:steadfast:problem:not-found'] }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
    requestId: Type.String(),
    errors: Type.Record(Type.String(), Type.Array(Type.String())),
  },
  { description: 'Problem details (RFC 9457) with the RealWorld errors object' },
);

const problemReply = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
});

const OTHER_REPLIES = {
  304: { type: 'null', description: 'unchanged since the ETag that If-None-Match names' },
  401: problemReply('no valid access token, or wrong credentials'),
  403: problemReply('it belongs to somebody else'),
  404: problemReply('there is no such thing'),
  409: problemReply('the name or address is taken; errors says which'),
  412: problemReply('it has changed since the ETag that If-Match names'),
  422: problemReply('something is malformed or missing; errors names it'),
  429: problemReply('too many requests; Retry-After says when to try again'),
  503: problemReply('the database is away, or there is no room; Retry-After says when to try again'),
} as const;

type OtherStatus = keyof typeof OTHER_REPLIES;

/** The replies of a route: the good one, the problems that are named, and 503. */
export function replies<Status extends number, Body extends TSchema>(
  status: Status,
  body: Body,
  ...others: readonly OtherStatus[]
): Record<Status, Body> & Record<number, unknown> {
  const named = Object.fromEntries(others.map((other) => [other, OTHER_REPLIES[other]]));
  return { ...named, [status]: body, 503: OTHER_REPLIES[503] } as Record<Status, Body> & Record<number, unknown>;
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
  return replies(status, body, ...others);
}

/** Those of a read: 200, 304, 503, and of the others those that are named. */
export function readReplies(body: TSchema, ...others: readonly OtherStatus[]): Record<number, unknown> {
  return rawReplies(200, body, 304, ...others);
}
