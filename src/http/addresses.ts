import type { FastifyRequest } from 'fastify';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const IPV4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const HEXTETS_OF_A_NETWORK = 4;

/**
 * What limits count by: the address, or its /64 network for IPv6, where one customer has a whole network. Undefined for
 * this machine itself, where tests and trials come from; a proxy on this machine shows itself by its headers.
 */
export function limitedAddress({ ip, headers }: FastifyRequest): string | undefined {
  const isProxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  if (LOOPBACK.test(ip) && !isProxied) return undefined;
  const mapped = IPV4_MAPPED.exec(ip)?.[1];
  if (mapped !== undefined || !ip.includes(':')) return mapped ?? ip;
  return networkOf(ip);
}

/** The first four groups of an IPv6 address, with those that :: stands for written out. */
function networkOf(ip: string): string {
  const [head = '', tail] = ip.split('%', 1)[0]?.split('::') ?? [];
  const groups = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...after];
  const network = all.slice(0, HEXTETS_OF_A_NETWORK).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
