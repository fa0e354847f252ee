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
  404: problemReply('there is no such thing'),
  422: problemReply('a parameter is malformed; errors names it'),
  503: problemReply('the database is away and this was not read before; Retry-After says when to try again'),
} as const;

/**
 * The replies of a read: 200 with this body, 304, 503, and of the others those that are named. They document and
 * are tested against; PostgreSQL's bytes are never serialised again, so the type says no more than that.
 */
export function readReplies(body: TSchema, ...others: readonly (404 | 422)[]): Record<number, unknown> {
  const named = Object.fromEntries(others.map((status) => [status, OTHER_REPLIES[status]]));
  return { 200: body, 304: OTHER_REPLIES[304], ...named, 503: OTHER_REPLIES[503] };
}
