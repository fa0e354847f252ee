import type { ClientConfig } from 'pg';
import type { DatabaseConfig } from '../config/config.ts';
import { connectionOptions } from '../config/database-address.ts';
import type { HostPort } from '../config/host-list.ts';
import { PrimarySearch } from './primary-search.ts';
import { asOptions, PLANNING, sessionLimits } from './session-settings.ts';
import type { SupervisorOptions } from './supervisor.ts';

/** A server as metrics and logs name it, and the hosts that may be it. */
export type WatchedServer = { readonly name: string; readonly hosts: readonly [HostPort, ...HostPort[]] };

export const PRIMARY = 'postgresql';

const KEEP_ALIVE_MS = 10_000;
const WATCH_MS = 1000;
/** Where there are replicas, how far everybody has come must be known more exactly. */
const WATCH_REPLICATION_MS = 250;

/** The primary, and the replicas as replica-1 and so on. */
export function watchedServers({ hosts, replicas }: DatabaseConfig): [WatchedServer, ...WatchedServer[]] {
  const named = replicas.map((host, index): WatchedServer => ({ name: `replica-${index + 1}`, hosts: [host] }));
  return [{ name: PRIMARY, hosts }, ...named];
}

/** What every connection to them has in common. */
export function connectionTo(config: DatabaseConfig): ClientConfig {
  return {
    ...connectionOptions(config),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // PgBouncer refuses them: there they are the role's (session-settings.ts).
    ...(config.pooler === 'none' && { options: asOptions({ ...sessionLimits(config), ...PLANNING }) }),
  };
}

/** How a server is looked at, and how often. */
export function supervision(
  config: DatabaseConfig,
  { hosts }: WatchedServer,
): Pick<SupervisorOptions, 'prober' | 'watchMs' | 'minMs' | 'maxMs'> {
  const { timeoutMs, minMs, maxMs } = config.probe;
  return {
    prober: (onLost) => new PrimarySearch({ connection: connectionTo(config), hosts, timeoutMs, onLost }),
    watchMs: config.replicas.length > 0 ? WATCH_REPLICATION_MS : WATCH_MS,
    minMs,
    maxMs,
  };
}
