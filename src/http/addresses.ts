const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** True for addresses of this machine itself. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}
