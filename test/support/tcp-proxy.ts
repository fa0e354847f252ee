import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';

/** What the proxy does to bytes: let them pass, swallow them, end connections with a reset, or hold them back. */
export type ProxyMode = 'pass' | 'blackhole' | 'reset' | { readonly delayMs: number };

export type TcpProxy = {
  readonly port: number;
  set(mode: ProxyMode): void;
  /** Resets whoever comes from now on; open connections go on. `set` ends that. */
  refuseNew(): void;
};

/** A TCP proxy in front of a server on 127.0.0.1, for what networks do. */
export async function tcpProxy(test: Test, targetPort: number): Promise<TcpProxy> {
  let mode: ProxyMode = 'pass';
  let refusing = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (mode === 'reset' || refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (bytes) => forward(bytes, to));
    }
  });
  const forward = (bytes: Buffer, to: Socket) => {
    if (mode === 'blackhole') return;
    if (typeof mode === 'object') setTimeout(() => to.writable && to.write(bytes), mode.delayMs);
    else to.write(bytes);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: portOf(server),
    refuseNew() {
      refusing = true;
    },
    set(next) {
      mode = next;
      refusing = false;
      if (next === 'reset') for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
  return address.port;
}
