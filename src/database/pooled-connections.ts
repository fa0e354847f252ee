import type { Pool, PoolClient } from 'pg';

const LIFETIME_MS = 30 * 60_000;

type Birth = { readonly generation: number; readonly expiresAt: number };
type Server = { readonly host: string; readonly port: number };

/**
 * The pool's connections with two things the pool lacks: doubt about all of them at once, and lifetimes with
 * jitter, so that they are not all renewed in the same second.
 */
export class PooledConnections {
  readonly #pool: Pool;
  readonly #births = new WeakMap<PoolClient, Birth>();
  readonly #reading = new Set<PoolClient>();
  #generation = 0;
  #server: Server | undefined;

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

  /** `purpose` read promises that the work may be cut off at any moment without harm. */
  async acquire(purpose: 'read' | 'transaction'): Promise<PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if (this.#births.get(client)?.generation === this.#generation && this.#isToServer(client)) {
        if (purpose === 'read') this.#reading.add(client);
        return client;
      }
      client.release(true);
    }
  }

  release(client: PoolClient, keep: boolean): void {
    this.#reading.delete(client);
    const birth = this.#births.get(client);
    const usable = birth?.generation === this.#generation && Date.now() < birth.expiresAt;
    client.release(!keep || !usable);
  }

  /** From here on no connection that is open now is used again. */
  distrust(): void {
    this.#generation += 1;
  }

  /** From here on connections go to another server, and none to the one before is used again. */
  moveTo(server: Server): void {
    Object.assign(this.#pool.options, server);
    this.#server = server;
    this.distrust();
  }

  /** A connection may have been on its way to the server before while we moved. */
  #isToServer({ host, port }: PoolClient): boolean {
    return this.#server === undefined || (host === this.#server.host && port === this.#server.port);
  }

  /**
   * Cuts off reads that wait for a server that does not answer: nothing is lost by it, and their callers need not
   * sit out the time limit. Transactions go on, because whether they were committed must not be guessed.
   */
  abandonReads(): void {
    for (const client of this.#reading) client.connection.stream.destroy();
  }
}
