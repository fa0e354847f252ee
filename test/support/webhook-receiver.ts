import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

export type Delivery = {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What it was answered; undefined is nothing at all. */
  readonly status: number | undefined;
};

export type WebhookReceiver = {
  readonly port: number;
  /** Everything that was posted, in its order. */
  readonly deliveries: readonly Delivery[];
  /** What the next ones are answered: a status, or nothing, for ever. */
  answer: number | 'nothing';
  /** From then on connections are refused. */
  close(): Promise<void>;
  /** Listens again, on the same port. */
  open(): Promise<void>;
};

/** Somebody who is told of alerts. It is gone when the test ends. */
export async function webhookReceiver(test: Test): Promise<WebhookReceiver> {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const status = receiver.answer === 'nothing' ? undefined : receiver.answer;
      deliveries.push({ path: request.url, headers: request.headers, body, status });
      if (status !== undefined) answerWith(response, status);
    });
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  test.teardown(close);
  const { port } = server.address() as AddressInfo;
  const receiver: WebhookReceiver = { port, deliveries, answer: 204, close, open: () => listen(port) };
  return receiver;
}

function answerWith(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
}
