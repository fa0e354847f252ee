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
    app.decorate('draining', () => draining);
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (draining) reply.header('connection', 'close');
      done();
    });
    app.decorate('drain', async (limitMs: number) => {
      draining = true;
      const beganAt = Date.now();
      // http.Server.close() would also cut idle keep-alive connections; net.Server's only stops listening.
      NetServer.prototype.close.call(app.server);
      const deadline = beganAt + limitMs;
      const quiet = () => {
        const { ordinary, endless, lastChange } = app.requestsUnderWay;
        return ordinary + endless === 0 && Date.now() - Math.max(beganAt, lastChange) > IDLE_GRACE_MS;
      };
      while (!quiet() && (await openConnections(app.server)) > 0 && Date.now() < deadline) {
        await sleep(LOOK_AGAIN_MS);
      }
      // One that was opened in advance, as browsers do, and never used is not idle to Node.js (24): it would be waited for.
      app.server.closeAllConnections();
    });
  },
  { name: 'drain', dependencies: ['requests-under-way'] },
);

function openConnections(server: NetServer): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_error, count) => resolve(count ?? 0));
  });
}
