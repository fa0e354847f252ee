import type { Test } from 'tap';
import { startTcpProxy, type TcpProxy } from '../../src/throwaway/tcp-proxy.ts';

/** A TCP proxy in front of a server on 127.0.0.1, closed when the test ends. */
export async function tcpProxy(test: Test, targetPort: number): Promise<TcpProxy> {
  const proxy = await startTcpProxy(targetPort);
  test.teardown(() => proxy.close());
  return proxy;
}
