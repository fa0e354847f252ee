import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import fp from 'fastify-plugin';
import helmet from 'helmet';

const protect = helmet({
  // Nothing here is a page, except /docs and the live page, which bring policies of their own.
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  // Front ends of other origins may read what CORS lets them.
  crossOriginResourcePolicy: { policy: 'cross-origin' },
});

/** Headers that keep browsers from mischief, on every answer. They are always the same, so that helmet is asked once. */
export const safeHeaders = fp(
  async (app) => {
    const headers = headersOfHelmet();
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(headers);
      done();
    });
  },
  { name: 'safe-headers' },
);

function headersOfHelmet(): OutgoingHttpHeaders {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  protect(response.req, response, () => {});
  return response.getHeaders();
}
