/** What can go wrong for a client: code → status and title. The one table of it. */
const PROBLEMS = {
  'malformed-request': [400, 'The request cannot be read'],
  unauthenticated: [401, 'Authentication is needed'],
  forbidden: [403, 'This is not yours to do'],
  'not-found': [404, 'There is no such thing'],
  'request-timeout': [408, 'The request did not arrive in time'],
  conflict: [409, 'This is taken'],
  'precondition-failed': [412, 'It has changed in the meantime'],
  'body-too-large': [413, 'The request body is too large'],
  'unsupported-media-type': [415, 'The request body is of a kind that is not understood'],
  'invalid-request': [422, 'The request says something impossible'],
  'too-many-requests': [429, 'There were too many requests'],
  'header-too-large': [431, 'The request headers are too large'],
  'internal-error': [500, 'Something went wrong here'],
  'schema-invalid': [503, 'The database is not ready for this version'],
  'database-unavailable': [503, 'The database is unavailable'],
  overloaded: [503, 'There is too much to do'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Which input or thing is wrong, and how: the RealWorld contract's `errors` member. */
export type ProblemErrors = Readonly<Record<string, readonly string[]>>;

/** An error that a client is told about. Its detail and errors are meant for people outside. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: ProblemErrors;
  readonly retryAfterSeconds: number | undefined;
  #fixed: ReturnType<typeof fixedParts> | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    errors: ProblemErrors,
    options: { retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.errors = errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  /**
   * Problem details as of RFC 9457, as JSON, with `errors`, `requestId` and `traceId` as extension members. One problem may
   * be the answer of thousands of requests a second: only what is each one's own is put together anew.
   */
  body(instance: string, { requestId, traceId }: { requestId: string; traceId: string }): string {
    this.#fixed ??= fixedParts(this);
    const { before, after } = this.#fixed;
    return `${before},"instance":${JSON.stringify(instance)},"requestId":"${requestId}","traceId":"${traceId}",${after}`;
  }
}

function fixedParts({ code, message, errors }: Problem): { before: string; after: string } {
  const [status, title] = PROBLEMS[code];
  const before = JSON.stringify({ type: `urn:steadfast:problem:${code}`, title, status, detail: message });
  return { before: before.slice(0, -1), after: JSON.stringify({ errors }).slice(1) };
}

/** A 422 whose detail is the first of its errors. */
export function invalidRequest(errors: ProblemErrors): Problem {
  const [field = 'request', [message = 'is invalid'] = []] = Object.entries(errors)[0] ?? [];
  return new Problem('invalid-request', `${field} ${message}.`, errors);
}

/** The code for a status that a library chose. */
export function codeForStatus(status: number): ProblemCode {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  const same = codes.find((code) => PROBLEMS[code][0] === status);
  return same ?? (status >= 400 && status < 500 ? 'malformed-request' : 'internal-error');
}
