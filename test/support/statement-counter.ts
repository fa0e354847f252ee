import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

export type StatementCounter = {
  /** The same URL, by way of the counter. */
  readonly url: string;
  /** The round trips of the application's pool so far, each with the name of the statement it executed. */
  readonly roundTrips: readonly string[];
};

const STARTUP = 196_608;

/**
 * Stands between the program and PostgreSQL and reads what the client says (the wire protocol, version 3): a round
 * trip is a Sync, or a simple Query. Only connections with the application's own name count, not its probes.
 */
export async function countStatements(test: Test, databaseUrl: string): Promise<StatementCounter> {
  const target = new URL(databaseUrl);
  const roundTrips: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const read = reader((name) => roundTrips.push(name));
    client.on('data', read);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const url = new URL(databaseUrl);
  if (address === null || typeof address === 'string') throw new Error('the counter does not listen');
  url.host = `127.0.0.1:${address.port}`;
  return { url: url.href, roundTrips };
}

/** Takes the client's messages apart: a start-up packet without a type, then type, length, content. */
function reader(onRoundTrip: (statement: string) => void): (chunk: Buffer) => void {
  let waiting = Buffer.alloc(0);
  let counted: boolean | undefined;
  let statement = '';
  const message = (type: string, content: Buffer) => {
    const words = content.toString().split('\0');
    if (type === 'B') statement = words[1] ?? '';
    if (type === 'Q') statement = words[0] ?? '';
    if (counted && (type === 'S' || type === 'Q')) onRoundTrip(statement);
  };
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const typed = counted === undefined ? 0 : 1;
      if (waiting.length < typed + 4) return;
      const end = typed + waiting.readInt32BE(typed);
      if (waiting.length < end) return;
      const content = waiting.subarray(typed + 4, end);
      if (typed === 1) message(waiting.toString('latin1', 0, 1), content);
      else if (content.readInt32BE(0) === STARTUP) {
        counted = content.toString('latin1', 4).includes('application_name\0steadfast\0');
      }
      waiting = waiting.subarray(end);
    }
  };
}
