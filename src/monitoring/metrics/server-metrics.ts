import type { Registry } from 'prom-client';
import { BREAKER_STATES } from '../../database/breaker.ts';
import type { DatabaseSnapshot } from '../../database/database.ts';
import { PRIMARY } from '../../database/plugin.ts';
import type { ServerSnapshot } from '../../database/server.ts';
import { oneOf, type Reading, scrapedGauge, timestamp } from './scraped.ts';

type NamedServer = ServerSnapshot & { readonly name: string };

/** The primary and the replicas, each with its pool and its breaker; `name` is postgresql, or replica-1 and so on. */
export function serverMetrics(registers: Registry[], database: () => DatabaseSnapshot): void {
  const ofEach = (read: (server: NamedServer) => readonly Reading[]) => (): Reading[] => {
    const snapshot = database();
    return [{ name: PRIMARY, ...snapshot }, ...snapshot.replicas].flatMap(read);
  };
  const ofEachPool = (read: (pool: ServerSnapshot['pool']) => number) =>
    ofEach(({ name, pool }) => [[read(pool), { db_client_connection_pool_name: name }]]);

  scrapedGauge(registers, {
    name: 'db_client_connection_count',
    help: 'Connections of the pool, by state',
    labels: ['db_client_connection_pool_name', 'db_client_connection_state'],
    read: ofEach(({ name, pool: { used, idle } }) => [
      [used, { db_client_connection_pool_name: name, db_client_connection_state: 'used' }],
      [idle, { db_client_connection_pool_name: name, db_client_connection_state: 'idle' }],
    ]),
  });
  scrapedGauge(registers, {
    name: 'db_client_connection_max',
    help: 'Connections the pool may have',
    labels: ['db_client_connection_pool_name'],
    read: ofEachPool(({ max }) => max),
  });
  scrapedGauge(registers, {
    name: 'db_client_connection_pending_requests',
    help: 'Calls that wait for a connection now',
    labels: ['db_client_connection_pool_name'],
    read: ofEachPool(({ waiting }) => waiting),
  });
  scrapedGauge(registers, {
    name: 'bulkhead_limit',
    help: 'Calls that may be at work at once: as many as connections, and fewer for a while after an outage',
    labels: ['name'],
    read: ofEach(({ name, pool }) => [[pool.limit, { name }]]),
  });
  scrapedGauge(registers, {
    name: 'circuit_breaker_state',
    help: '1 for the state the circuit breaker is in, 0 for the others',
    labels: ['name', 'state'],
    read: ofEach(({ name, breaker: { state } }) => oneOf(BREAKER_STATES, state, { name })),
  });
  scrapedGauge(registers, {
    name: 'circuit_breaker_held',
    help: '1 while the circuit breaker is held in this state by hand (npm run breaker)',
    labels: ['name', 'state'],
    read: () => oneOf(BREAKER_STATES, database().breaker.held?.state, { name: PRIMARY }),
  });
  scrapedGauge(registers, {
    name: 'db_server_up',
    help: '1 when the last probe found the server, else 0',
    labels: ['name'],
    read: ofEach(({ name, sighting: { state } }) => [[state === 'up', { name }]]),
  });
  scrapedGauge(registers, {
    name: 'db_server_last_seen_up_timestamp_seconds',
    help: 'When a probe last found the server; absent before the first time',
    labels: ['name'],
    read: ofEach(({ name, sighting: { lastSeenUpAt } }) => [[timestamp(lastSeenUpAt), { name }]]),
  });
  scrapedGauge(registers, {
    name: 'db_server_probe_duration_seconds',
    help: 'How long the last answer to a probe took',
    labels: ['name'],
    read: ofEach(({ name, sighting: { latencyMs } }) => [
      [latencyMs === undefined ? undefined : latencyMs / 1000, { name }],
    ]),
  });
  scrapedGauge(registers, {
    name: 'db_replica_usable',
    help: '1 while reads may go to the replica: it is up, follows the primary and is not too far behind',
    labels: ['name'],
    read: () => database().replicas.map(({ name, usable }) => [usable, { name }]),
  });
  scrapedGauge(registers, {
    name: 'db_replica_lag_seconds',
    help: 'How old the newest data of the replica is that the primary was seen to have',
    labels: ['name'],
    read: () =>
      database().replicas.map(({ name, lagMs }) => [lagMs === undefined ? undefined : lagMs / 1000, { name }]),
  });
}
