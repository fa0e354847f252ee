import { createHash, timingSafeEqual } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { MonitoringConfig } from '../config/config.ts';
import { createServer } from '../http/node-http.ts';
import { Problem } from '../http/problem.ts';
import { problemReply } from '../http/problem-schema.ts';
import { replyToUnreadable } from '../http/unreadable-requests.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** True for those who may see everything that monitoring knows. */
    readonly maySeeMonitoring: (request: FastifyRequest) => boolean;
    /** Opens the port of monitoring, if it has one of its own. Rejects where it is taken. */
    readonly listenForMonitoring: (host: string) => Promise<void>;
  }
}

const SCHEME = /^Bearer +(\S+)$/i;

const REFUSALS = { 401: problemReply('the token of monitoring is missing or wrong') };

/** What monitoring knows is told at these routes, in every detail. */
const GUARDED = /^\/(metrics|api\/monitoring\/)/;
const PREFLIGHTS = ['/metrics', '/api/monitoring/*'];

/**
 * Lets those see what monitoring knows who come by its port, if it has one, and bring its token, if it asks for one. At
 * another port its routes are not there. Pages of other origins may read none of it, whatever CORS_ORIGINS says: without
 * a token they would need nothing but somebody's browser that reaches the server.
 */
export const monitoringAccess = fp<{ readonly config: MonitoringConfig }>(
  async (app, { config: { token, port } }) => {
    const ownSockets = new WeakSet<Socket>();
    const isAtTheRightPort = ({ raw }: FastifyRequest) => port === undefined || ownSockets.has(raw.socket);
    const hasToken = ({ headers }: FastifyRequest) =>
      token === undefined || isSame(SCHEME.exec(headers.authorization ?? '')?.[1] ?? '', token);

    // Browsers name the origin when a page of another asks.
    const isOfOtherOrigin = ({ headers }: FastifyRequest) => headers.origin !== undefined;

    app.decorate(
      'maySeeMonitoring',
      (request) => isAtTheRightPort(request) && hasToken(request) && !isOfOtherOrigin(request),
    );
    const guard = (request: FastifyRequest, reply: FastifyReply, done: (problem?: Problem) => void) => {
      if (!isAtTheRightPort(request)) reply.callNotFound();
      else done(hasToken(request) ? undefined : unauthenticated(request.headers.authorization));
    };
    app.addHook('onRoute', (route) => {
      if (!GUARDED.test(route.url)) return;
      route.config = { ...route.config, cors: false };
      route.onRequest = guard;
      if (token === undefined) return;
      const { schema } = route;
      const response = { ...(schema?.response ?? {}), ...REFUSALS };
      route.schema = { ...schema, security: [{ monitoring: [] }], response };
    });

    // Preflights of a path that has no route of its own for them are allowed by the CORS plugin.
    for (const url of PREFLIGHTS) {
      app.options(url, { schema: { hide: true } }, (_request, reply) => reply.callNotFound());
    }

    const server = createServer((request, response) => app.routing(request, response));
    server.on('clientError', replyToUnreadable);
    server.on('connection', (socket) => ownSockets.add(socket));
    app.decorate('listenForMonitoring', async (host: string) => {
      if (port === undefined) return;
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
      const address = server.address() as AddressInfo;
      app.log.info(`monitoring has a port of its own: http://${host}:${address.port}`);
    });
    app.addHook('onClose', async () => {
      server.close();
      server.closeAllConnections();
    });
  },
  { name: 'monitoring-access' },
);

function unauthenticated(authorization: string | undefined): Problem {
  const problem = authorization === undefined ? 'is missing' : 'is invalid';
  return new Problem(
    'unauthenticated',
    `The token of monitoring ${problem}. Send the server's MONITORING_TOKEN as Authorization: Bearer …`,
    { token: [problem] },
  );
}

/** Takes as long whatever the difference is. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
