import type { RequestListener } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Has `answerAtOnce` see each request before Fastify does. What it answers, which is when it says true, never gets there.
 * Not by a server of our own (`serverFactory`): of that, Fastify opens one address of `localhost` only, and would leave its
 * time limits to us.
 */
export function answerBefore(
  app: Pick<FastifyInstance, 'server' | 'routing'>,
  answerAtOnce: (...exchange: Parameters<RequestListener>) => boolean,
): void {
  app.server.removeAllListeners('request').on('request', (request, response) => {
    if (!answerAtOnce(request, response)) app.routing(request, response);
  });
}
