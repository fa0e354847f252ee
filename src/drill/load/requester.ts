import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { PlannedRequest } from './route.ts';

export type Reply = {
  readonly status: number;
  readonly cacheStatus: string;
  readonly body: string;
};

/** No answer within the limit. */
export class Hung extends Error {}

const agent = new Agent({ keepAlive: true });

/**
 * Sends one request and waits for its whole answer, for `limitMs` at most.
 * @throws {Hung} when the limit has passed
 * @throws {Error} with a `code` when the connection failed
 */
export function send(origin: string, planned: PlannedRequest, limitMs: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const body = planned.body === undefined ? undefined : JSON.stringify(planned.body);
    const request = httpRequest(`${origin}${planned.path}`, {
      agent,
      method: planned.method,
      headers: {
        ...(planned.token !== undefined && { authorization: `Token ${planned.token}` }),
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
        ...planned.headers,
      },
    });
    const limit = setTimeout(() => request.destroy(new Hung(`no answer within ${limitMs} ms`)), limitMs);
    const settle = (act: () => void) => {
      clearTimeout(limit);
      act();
    };
    request.on('error', (error) => settle(() => reject(error)));
    request.on('response', (response) => {
      readAll(response).then(
        (text) =>
          settle(() =>
            resolve({
              status: response.statusCode ?? 0,
              cacheStatus: String(response.headers['cache-status'] ?? ''),
              body: text,
            }),
          ),
        (error: unknown) => settle(() => reject(error)),
      );
    });
    request.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
