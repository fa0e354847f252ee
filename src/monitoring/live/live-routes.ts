import type { FastifyPluginAsync } from 'fastify';
import { Problem } from '../../http/problem.ts';
import type { LiveFeed } from './live-feed.ts';

const RETRY_AFTER_SECONDS = 5;

/** Server-sent events for the live page. What they carry is the page's own affair and may change with it. */
export const liveRoutes: FastifyPluginAsync<{ feed: LiveFeed }> = async (app, { feed }) => {
  app.addHook('onReady', async () => feed.start());
  // Before the server closes: it waits for every answer to end, and these end only here.
  app.addHook('preClose', async () => feed.stop());

  app.get(
    '/api/monitoring/live',
    { schema: { hide: true }, config: { endless: true } },
    async (_request, reply) => {
      if (feed.isFull || app.draining()) {
        throw new Problem(
          'overloaded',
          feed.isFull ? 'Too many pages listen. Close some, or try again later.' : 'This server is ending.',
          { server: ['is not able to take another listener'] },
          { retryAfterSeconds: RETRY_AFTER_SECONDS },
        );
      }
      const stream = feed.listen(() => reply.raw.destroy());
      reply.raw.once('close', () => stream.destroy());
      return (
        reply
          .header('content-type', 'text/event-stream')
          .header('cache-control', 'no-store, no-transform')
          // Proxies must not collect what is to be seen at once.
          .header('x-accel-buffering', 'no')
          .send(stream)
      );
    },
  );
};
