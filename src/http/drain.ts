import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /** True from the moment the process was asked to end. */
    readonly draining: () => boolean;
    /** Ends all connections in good order: see the plugin. Resolves when no request is under way. */
    drain(limitMs: number): Promise<void>;
  }
}

const IDLE_GRACE_MS = 1000;
const LOOK_AGAIN_MS = 20;

/**
 * Lets a server go without a client seeing a reset. The port is closed first, so that newcomers are refused
 * cleanly; open connections stay, and each is told by `Connection: close` on its next answer. Only those that have
 * been idle for a while are then closed: closing at once would cut off requests already on their way.
 */
export const drain = fp(
  async (app) => {
    let draining = false;
    let underWay = 0;
    let lastActivity = Date.now();
    app.decorate('draining', () => draining);
    app.addHook('onRequest', (_request, reply, done) => {
      underWay += 1;
      lastActivity = Date.now();
      reply.raw.once('close', () => {
        underWay -= 1;
        lastActivity = Date.now();
      });
      done();
    });
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (draining) reply.header('connection', 'close');
      done();
    });
    app.decorate('drain', async (limitMs: number) => {
      draining = true;
      lastActivity = Date.now();
      // http.Server.close() would also cut idle keep-alive connections; net.Server's only stops listening.
      NetServer.prototype.close.call(app.server);
      const deadline = Date.now() + limitMs;
      const quiet = () => underWay === 0 && Date.now() - lastActivity > IDLE_GRACE_MS;
      while (!quiet() && (await openConnections(app.server)) > 0 && Date.now() < deadline) {
        await sleep(LOOK_AGAIN_MS);
      }
      // One that was opened in advance, as browsers do, and never used is not idle to Node.js (24): it would be waited for.
      app.server.closeAllConnections();
    });
  },
  { name: 'drain' },
);

function openConnections(server: NetServer): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_error, count) => resolve(count ?? 0));
  });
}
