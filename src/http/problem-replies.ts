import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { codeForStatus, invalidRequest, Problem, type ProblemErrors } from './problem.ts';
import { traceIdOf } from './trace-context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The problem this request is answered with; it is logged with the request's line. */
    problem: Problem | null;
  }
}

export type ProblemRepliesOptions = {
  /** Turns errors of other rooms into problems; undefined for those it does not know. */
  readonly translate: (error: unknown, request: FastifyRequest) => Problem | undefined;
  /** Is told of an error that nothing here knows, at once: whoever asked may be gone before there is an answer. */
  readonly onUnexpected: (error: unknown, request: FastifyRequest) => void;
};

/** Every error, of ours or of a library, leaves as problem details; what is inside stays inside. */
export const problemReplies = fp<ProblemRepliesOptions>(
  async (app, { translate, onUnexpected }) => {
    app.decorateRequest('problem', null);
    app.setErrorHandler((error, request, reply) => {
      const problem =
        error instanceof Problem
          ? error
          : (translate(error, request) ?? fromLibrary(error, app.initialConfig.bodyLimit));
      if (problem.code === 'internal-error') onUnexpected(error, request);
      return sendProblem(request, reply, problem);
    });
    app.setNotFoundHandler((request, reply) =>
      sendProblem(
        request,
        reply,
        new Problem('not-found', `There is no ${request.method} ${pathOf(request)}. See /docs for what there is.`, {
          route: ['not found'],
        }),
      ),
    );
  },
  { name: 'problem-replies', dependencies: ['trace-context'] },
);

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  request.problem = problem;
  // RFC 9110, section 15.5.2: a 401 says what would be accepted.
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="steadfast"');
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .serializer(asItIs)
    .send(problem.body(pathOf(request), { requestId: request.id, traceId: traceIdOf(request) }));
}

/** Where there is no serializer Fastify puts a charset behind the media type, which JSON has none of. */
function asItIs(body: string): string {
  return body;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}

function fromLibrary(thrown: unknown, bodyLimit: number | undefined): Problem {
  const error: Partial<FastifyError> = thrown instanceof Error ? thrown : {};
  if (error.validation !== undefined) {
    return invalidRequest(validationErrors(error.validation));
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('body-too-large', `A request body may have ${bodyLimit} bytes at most.`, {
        body: ['is too large'],
      });
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('malformed-request', 'The request body is not valid JSON.', {
        body: ['is not valid JSON'],
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported-media-type', 'Send the body as Content-Type: application/json.', {
        body: ['must be application/json'],
      });
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return new Problem(codeForStatus(status), 'The request cannot be read.', { request: ['is malformed'] });
  }
  return new Problem(
    'internal-error',
    'This is our fault and has been logged. Please try again; if it stays, report the requestId.',
    { server: ['failed unexpectedly'] },
  );
}

/** Each field has a text once: of a long list, every item may be wrong in the same way. */
function validationErrors(validation: NonNullable<FastifyError['validation']>): ProblemErrors {
  const errors = new Map<string, Set<string>>();
  for (const { instancePath, params, message, keyword } of validation) {
    const missing = keyword === 'required' ? params.missingProperty : undefined;
    const field = typeof missing === 'string' ? missing : fieldOf(instancePath);
    const text = wordsFor(keyword, params) ?? message ?? 'is invalid';
    const texts = errors.get(field) ?? new Set();
    errors.set(field, texts.add(text));
  }
  return Object.fromEntries([...errors].map(([field, texts]) => [field, [...texts]]));
}

/** The last name in a JSON pointer: an item of a list (/article/tagList/0) is the list's. */
function fieldOf(instancePath: string): string {
  const names = instancePath.split('/').filter((part) => part !== '' && !/^\d+$/.test(part));
  return names.at(-1) ?? 'body';
}

/** The contract's words for what is missing, and plain ones where the validator shouts. */
function wordsFor(keyword: string, params: Record<string, unknown>): string | undefined {
  switch (keyword) {
    case 'required':
      return "can't be blank";
    case 'minLength':
      return params.limit === 1 ? "can't be blank" : `is too short (minimum is ${params.limit} characters)`;
    case 'maxLength':
      return `is too long (maximum is ${params.limit} characters)`;
    case 'pattern':
      return 'is malformed';
    default:
      return undefined;
  }
}
