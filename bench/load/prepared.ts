import { requestsOf } from './mixture.ts';
import type { LoadPlan } from './plan.ts';
import type { LoadRequest } from './request.ts';

/** A request with the bytes it is sent as. */
export type Prepared = Pick<LoadRequest, 'status' | 'expected'> & { readonly bytes: Buffer };

export const prepare = (request: LoadRequest, port: number): Prepared => ({
  ...request,
  bytes: bytesOf(request, port),
});

/** The plan's requests, without end. */
export function nextOf({ requests, port }: LoadPlan): () => Prepared {
  if ('seed' in requests) {
    const next = requestsOf(requests);
    return () => prepare(next(), port);
  }
  const prepared = requests.map((request) => prepare(request, port));
  let turn = 0;
  return () => {
    const request = prepared[turn % prepared.length];
    if (request === undefined) throw new Error('A load without a request.');
    turn += 1;
    return request;
  };
}

/** Whether a body is what was expected, or has it in it. */
export function isAs(body: Buffer, expected: NonNullable<LoadRequest['expected']>): boolean {
  return 'body' in expected ? body.equals(Buffer.from(expected.body)) : body.includes(expected.part);
}

function bytesOf({ method, path, token, body, headers = {} }: LoadRequest, port: number): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    ...(token === undefined ? [] : [`authorization: Token ${token}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : ['content-type: application/json']),
    ...(method === 'POST' ? [`content-length: ${Buffer.byteLength(text)}`] : []),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}`);
}
