import type { OutgoingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import helmet from 'helmet';
import { IncomingMessage, ServerResponse } from './node-http.ts';

const FOR_ALL = {
  // Nothing here is a page, except /docs and the live page, which bring policies of their own.
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  // Front ends of other origins may read what CORS lets them.
  crossOriginResourcePolicy: { policy: 'cross-origin' },
} as const;

/** What only pages heed. On data it would be a third of what is sent with an answer from memory, and of its time. */
const NOT_FOR_DATA = {
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

/** Headers that keep browsers from mischief, on every answer. They are always the same, so that helmet is asked once. */
export const safeHeaders = fp(
  async (app) => {
    const headers = headersBy(helmet({ ...FOR_ALL, ...NOT_FOR_DATA }));
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(headers);
      done();
    });
  },
  { name: 'safe-headers' },
);

const pageHeaders = headersBy(helmet(FOR_ALL));

/** A hook (onRequest) for routes that serve pages: those headers too that only pages heed. */
export function safePage(_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.headers(pageHeaders);
  done();
}

function headersBy(protect: ReturnType<typeof helmet>): OutgoingHttpHeaders {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  protect(response.req, response, () => {});
  // Node's own object has no prototype, and V8 takes twice as long to walk through such a one.
  return { ...response.getHeaders() };
}
