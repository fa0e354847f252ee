import type { Pool, PoolClient } from 'pg';

const LIFETIME_MS = 30 * 60_000;

type Birth = { readonly generation: number; readonly expiresAt: number };

/**
 * The pool's connections with two things the pool lacks: doubt about all of them at once, and lifetimes with
 * jitter, so that they are not all renewed in the same second.
 */
export class PooledConnections {
  readonly #pool: Pool;
  readonly #births = new WeakMap<PoolClient, Birth>();
  #generation = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
    // Without these listeners a lost connection would end the process (node-postgres #1324, #2439).
    pool.on('error', () => {});
    pool.on('connect', (client) => {
      client.on('error', () => {});
      const expiresAt = Date.now() + LIFETIME_MS * (0.9 + 0.2 * Math.random());
      this.#births.set(client, { generation: this.#generation, expiresAt });
    });
  }

  async acquire(): Promise<PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if (this.#births.get(client)?.generation === this.#generation) return client;
      client.release(true);
    }
  }

  release(client: PoolClient, keep: boolean): void {
    const birth = this.#births.get(client);
    const usable = birth?.generation === this.#generation && Date.now() < birth.expiresAt;
    client.release(!keep || !usable);
  }

  /** From here on no connection that is open now is used again. */
  distrust(): void {
    this.#generation += 1;
  }
}
