import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

/** Which trace a request belongs to, and which step of it is ours (W3C Trace Context). */
export type Trace = {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 01 when the caller records this trace, else 00. */
  readonly flags: string;
};

const OWN = Symbol('the trace of this request');

declare module 'fastify' {
  interface FastifyRequest {
    [OWN]: string | null;
  }
}

export type TraceContextOptions = {
  /** The step that something else records; undefined where nothing does. */
  readonly recorded?: ((request: FastifyRequest) => Trace | undefined) | undefined;
};

// ff is no version, and nothing but zeros no id. Only versions to come may have more behind the flags.
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:$|(?<!^00.*)-)/;
const SAMPLED = 1;

/** Lets requests be followed: takes a caller's `traceparent` over, and answers it with `traceresponse`. */
export const traceContext = fp<TraceContextOptions>(
  async (app, { recorded }) => {
    app.decorateRequest(OWN, null);
    app.addHook('onRequest', (request, reply, done) => {
      const trace = recorded?.(request) ?? takeOver(request.headers.traceparent);
      if (trace !== undefined) {
        request[OWN] = trace.traceId;
        reply.header('traceresponse', `00-${trace.traceId}-${trace.spanId}-${trace.flags}`);
      }
      done();
    });
  },
  { name: 'trace-context' },
);

/** The same, where there is one by now: to make one up for a line in the log alone would cost a microsecond. */
export function traceIdIfAny(request: FastifyRequest): string | undefined {
  return request[OWN] ?? undefined;
}

/** That of the caller's traceparent; a new one where there is none, or one that is malformed. */
export function traceIdOf(request: FastifyRequest): string {
  request[OWN] ??= takeOver(request.headers.traceparent)?.traceId ?? newTraceId();
  return request[OWN];
}

function takeOver(traceparent: unknown): Trace | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const [, traceId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || flags === undefined) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) !== 0;
  return { traceId, spanId: randomBytes(8).toString('hex'), flags: isSampled ? '01' : '00' };
}

/** A trace of one request, for those who bring none. */
export function newTraceId(): string {
  return randomUUID().replaceAll('-', '');
}
