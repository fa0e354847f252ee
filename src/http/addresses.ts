import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const IPV4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** 203.0.113.7:51000, [2001:db8::1]:51000 or [2001:db8::1]. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]+)\](?::\d+)?)$/;
const HEXTETS_OF_A_NETWORK = 4;

/** What the limits count a request by; undefined where they do not. */
export type LimitedAddress = (request: IncomingMessage) => string | undefined;

/**
 * What limits count by: the address, or its /64 network for IPv6, where one customer has a whole network. Undefined for
 * this machine itself, where tests and trials come from; a proxy on this machine shows itself by its headers.
 */
export function limitedAddresses({ trustProxy }: { readonly trustProxy: boolean }): LimitedAddress {
  return (request) => {
    const { 'x-forwarded-for': forwardedFor, forwarded } = request.headers;
    const ip = (trustProxy ? lastAddressOf(forwardedFor) : undefined) ?? request.socket.remoteAddress ?? '';
    if (LOOPBACK.test(ip) && forwardedFor === undefined && forwarded === undefined) return undefined;
    const mapped = IPV4_MAPPED.exec(ip)?.[1];
    if (mapped !== undefined || !ip.includes(':')) return mapped ?? ip;
    return networkOf(ip);
  };
}

/**
 * Only whoever connects is the proxy, and it adds at the end: what comes before, anybody could have written. Some proxies add
 * the port. Undefined where there is no address.
 */
function lastAddressOf(forwardedFor: string | string[] | undefined): string | undefined {
  const last = forwardedFor
    ?.toString()
    .split(',')
    .map((address) => address.trim())
    .findLast((address) => address !== '');
  if (last === undefined) return undefined;
  const address =
    WITH_PORT.exec(last)
      ?.slice(1)
      .find((part) => part !== undefined) ?? last;
  return isIP(address) === 0 ? undefined : address;
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
