import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from './node-http.ts';
import { Problem } from './problem.ts';
import { sendProblem } from './problem-replies.ts';
import { refusalBeyondLimit } from './rate-limits.ts';
import { NO_ROUTE } from './request-metrics.ts';
import { newTraceId } from './trace-context.ts';

/**
 * For requests that Fastify cannot route, such as a path with broken percent-encoding. It runs no hooks for them: they are
 * counted, and limited, here.
 */
export function replyToUnroutable(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { server, method } = request;
  const startedAt = performance.now();
  server.requestsUnderWay.begin(reply.raw, false, () =>
    server.requestSeries(method, NO_ROUTE, reply.statusCode, null)((performance.now() - startedAt) / 1000),
  );
  reply.header('x-request-id', request.id);
  const refusal = refusalBeyondLimit(reply, server.spendRequest(request.raw));
  const unreadable = () =>
    new Problem('malformed-request', 'The path of the request cannot be read.', { path: ['is malformed'] });
  sendProblem(request, reply, refusal ?? unreadable());
}

/** For bytes that are no HTTP request at all: there is no request to answer to, only a socket. */
export function replyToUnreadable(error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = unreadableProblem(error.code);
  const body = problem.body('', { requestId: randomUUID(), traceId: newTraceId() });
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      'Content-Type: application/problem+json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${asksForHead(error.rawPacket) ? '' : body}`,
  );
}

/** A client that asked for the head alone takes whatever follows it for a broken answer. */
function asksForHead(packet: unknown): boolean {
  return packet instanceof Buffer && packet.toString('latin1', 0, 5) === 'HEAD ';
}

function unreadableProblem(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('header-too-large', 'The headers of the request are too large.', {
        headers: ['are too large'],
      });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'The request did not arrive in time.', { request: ['is incomplete'] });
    default:
      return new Problem('malformed-request', 'What was sent is no HTTP request.', { request: ['is malformed'] });
  }
}
