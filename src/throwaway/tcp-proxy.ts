import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What the network does: let bytes pass, let none arrive, end connections with a reset, or hold everything back for a
 * while. As with TCP, what was sent into a blackhole arrives when it ends, if anybody still listens.
 */
export type ProxyMode = 'pass' | 'blackhole' | 'reset' | { readonly delayMs: number };

export type TcpProxy = {
  readonly port: number;
  set(mode: ProxyMode): void;
  /** Resets whoever comes from now on; open connections go on. `set` ends that. */
  refuseNew(): void;
  close(): void;
};

/** A TCP proxy in front of a server on 127.0.0.1, for what networks do. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
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
      if (mode === 'blackhole') from.pause();
    }
  });
  const forward = (bytes: Buffer, to: Socket) => {
    if (typeof mode === 'object') setTimeout(() => to.writable && to.write(bytes), mode.delayMs);
    else to.write(bytes);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    refuseNew() {
      refusing = true;
    },
    set(next) {
      mode = next;
      refusing = false;
      for (const socket of sockets) {
        if (next === 'reset') socket.resetAndDestroy();
        else if (next === 'blackhole') socket.pause();
        else socket.resume();
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
  return address.port;
}
