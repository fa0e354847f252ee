import { Gauge, type Registry } from 'prom-client';
import type { DatabaseSnapshot } from '../database/database.ts';
import { PRIMARY } from '../database/plugin.ts';

/** The breakers of the primary and the replicas, and how far the replicas are behind, read at each scrape. */
export function observeServers(registers: Registry[], database: () => DatabaseSnapshot): void {
  new Gauge({
    name: 'circuit_breaker_state',
    help: '1 for the state the circuit breaker is in, 0 for the others',
    labelNames: ['name', 'state'],
    registers,
    collect() {
      const snapshot = database();
      for (const { name, breaker } of [{ name: PRIMARY, ...snapshot }, ...snapshot.replicas]) {
        for (const state of ['closed', 'open']) {
          this.set({ name, state }, state === breaker.state ? 1 : 0);
        }
      }
    },
  });
  new Gauge({
    name: 'circuit_breaker_held',
    help: '1 while the circuit breaker is held in this state by hand (npm run breaker)',
    labelNames: ['name', 'state'],
    registers,
    collect() {
      const { held } = database().breaker;
      for (const state of ['closed', 'open']) {
        this.set({ name: PRIMARY, state }, state === held?.state ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'db_replica_usable',
    help: '1 while reads may go to the replica: it is up, follows the primary and is not too far behind',
    labelNames: ['name'],
    registers,
    collect() {
      for (const { name, usable } of database().replicas) this.set({ name }, usable ? 1 : 0);
    },
  });
  new Gauge({
    name: 'db_replica_lag_seconds',
    help: 'How old the newest data of the replica is that the primary was seen to have',
    labelNames: ['name'],
    registers,
    collect() {
      for (const { name, lagMs } of database().replicas) {
        if (lagMs !== undefined) this.set({ name }, lagMs / 1000);
      }
    },
  });
}
