import { createServer, type RequestListener, type Server } from 'node:http';

/** How long a whole request may take to arrive, so that slow senders cannot hold connections for ever. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Longer than proxies keep theirs, as Fastify has it: who opened a connection is to close it. */
const KEEP_ALIVE_MS = 72_000;

/** The server under Fastify. What `answerAtOnce` answers, which is when it says true, never gets there. */
export function httpServer(
  handle: RequestListener,
  answerAtOnce: (...exchange: Parameters<RequestListener>) => boolean,
): Server {
  const server = createServer((request, response) => {
    if (!answerAtOnce(request, response)) handle(request, response);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}
