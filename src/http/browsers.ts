import cors from '@fastify/cors';
import fp from 'fastify-plugin';
import { safeHeaders } from './safe-headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False where pages of other origins may read nothing, whatever `corsOrigins` says. */
    readonly cors?: false;
  }
}

/** Headers beyond the ordinary ones that pages of other origins may read. */
const EXPOSED_HEADERS = [
  'age',
  'cache-status',
  'etag',
  'link',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'traceresponse',
  'viewer-marks',
  'x-request-id',
].join(', ');

/** What browsers may do with our answers: safe headers, and which other origins may read them (`*` is any). */
export const browsers = fp<{ readonly corsOrigins: readonly string[] }>(
  async (app, { corsOrigins }) => {
    await app.register(safeHeaders);
    await app.register(cors, {
      origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
      // The plugin's own list has no PUT and no DELETE (11.4).
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      // An OPTIONS that is no preflight is answered like one; the plugin's refusal is plain text.
      strictPreflight: false,
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: 86_400,
    });
  },
  { name: 'browsers' },
);
