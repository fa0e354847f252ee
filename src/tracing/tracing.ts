import type { FastifyBaseLogger, FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { Trace } from '../http/trace-context.ts';

/** Traces of requests, and of what they ask PostgreSQL and Redis, on their way to a collector. */
export type Tracing = {
  /** To be registered before every other plugin. */
  readonly plugin: FastifyPluginCallback;
  /** The step of the trace that this request is. */
  readonly recorded: (request: FastifyRequest) => Trace | undefined;
  /** Where problems of the export are told. */
  logTo(log: FastifyBaseLogger): void;
  /** Sends what is left, within a second or two. */
  stop(): Promise<void>;
};
