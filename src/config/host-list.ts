/** One server's place in the network; a host that begins with / is the folder of a unix socket. */
export type HostPort = { readonly host: string; readonly port: number };

const ENTRY = /^(?:\[([\da-f:.]+)\]|(\/[^,:]*|[^\s,:[\]/@]+))(?::(\d{1,5}))?$/i;

/**
 * Reads `a,b:5433,[::1]:5432`: hosts separated by commas, each with a port of its own or `port`.
 * Returns undefined when it is no such list.
 */
export function parseHosts(text: string, port: number): [HostPort, ...HostPort[]] | undefined {
  const hosts: HostPort[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    const found = ENTRY.exec(entry);
    if (found === null) return undefined;
    const [, address, name, ownPort] = found;
    const chosen = ownPort === undefined ? port : Number(ownPort);
    if (chosen < 1 || chosen > 65_535) return undefined;
    hosts.push({ host: address ?? name ?? '', port: chosen });
  }
  const [first, ...others] = hosts;
  return first === undefined ? undefined : [first, ...others];
}

/** As people write it: host:port, with brackets around an IPv6 address. */
export function formatHost({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
