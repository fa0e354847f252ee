import Type, { type TSchema } from 'typebox';

const problem = Type.Object(
  {
    type: Type.String({ examples: ['urn:steadfast:problem:not-found'] }),
    title: Type.String({ examples: ['There is no such thing'] }),
    status: Type.Integer({ examples: [404] }),
    detail: Type.String({ examples: ['There is no such article.'] }),
    instance: Type.String({ description: 'the path of the request', examples: ['/api/articles/nowhere'] }),
    requestId: Type.String({
      description: 'the X-Request-Id of the answer, for whoever looks into the log',
      examples: ['8e03978e-40d5-43e8-bc93-6894a57f9324'],
    }),
    traceId: Type.String({
      description: "that of the request's traceparent (W3C Trace Context), or a new one",
      examples: ['4bf92f3577b34da6a3ce929d0e0e4736'],
    }),
    errors: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: 'what is wrong, by the name of what it is wrong with',
      examples: [{ article: ['not found'] }],
    }),
  },
  { description: 'Problem details (RFC 9457) with the RealWorld errors object' },
);

/** How an error of a route is documented. */
export const problemReply = (description: string, headers: Record<string, TSchema> = {}) => ({
  description,
  headers,
  content: { 'application/problem+json': { schema: problem } },
});
