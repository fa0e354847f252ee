import pg, { type Pool, type PoolClient } from 'pg';
import { Breaker, type BreakerEvent, type BreakerState } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { DatabaseOverloaded, DatabaseUnavailable, judge, refusal } from './errors.ts';
import { PooledConnections } from './pooled-connections.ts';
import type { Statement, StatementValue } from './statement.ts';
import { type DatabaseSighting, Supervisor, type SupervisorOptions } from './supervisor.ts';
import { ask, inTransaction, type Progress, type Transaction, WorkError } from './transaction.ts';

export type DatabaseObserver = {
  /** A call ended; `errorType` is unset when it succeeded. */
  statement(name: string, seconds: number, errorType: string | undefined): void;
  breaker(event: BreakerEvent): void;
  /** A call got a connection after waiting that long. */
  waited(seconds: number): void;
  connectionTimeout(): void;
};

export type DatabaseOptions = {
  readonly pool: Pool;
  readonly poolMax: number;
  readonly queueMax: number;
  readonly queueTimeoutMs: number;
  readonly breakerTimeoutMs: number;
  readonly supervisor: Omit<SupervisorOptions, 'onDown' | 'onUp'>;
  readonly observer: DatabaseObserver;
};

export type DatabaseSnapshot = {
  readonly sighting: DatabaseSighting;
  readonly breaker: {
    readonly state: BreakerState;
    readonly since: Date;
    readonly window: { readonly calls: number; readonly failures: number };
  };
  readonly pool: {
    readonly max: number;
    readonly used: number;
    readonly idle: number;
    readonly waiting: number;
  };
};

type Work<Result> = (client: PoolClient, progress: Progress) => Promise<Result>;

const TRIES = 3;

/** The only road to PostgreSQL at run time: bulkhead, then breaker, then a pooled connection. */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #bulkhead: Bulkhead;
  readonly #breaker: Breaker;
  readonly #supervisor: Supervisor;
  readonly #connections: PooledConnections;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#bulkhead = new Bulkhead({
      limit: options.poolMax,
      queueMax: options.queueMax,
      queueTimeoutMs: options.queueTimeoutMs,
    });
    this.#connections = new PooledConnections(options.pool);
    this.#breaker = new Breaker(options.breakerTimeoutMs, (event) => this.#onBreakerEvent(event));
    this.#supervisor = new Supervisor({
      ...options.supervisor,
      onDown: () => {
        this.#breaker.open();
        this.#connections.abandonReads();
      },
      onUp: () => this.#breaker.close(),
    });
  }

  /** Begins to watch the database; resolves with what the first probes saw, whatever that is. */
  start(): Promise<DatabaseSighting> {
    return this.#supervisor.start();
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop();
    this.#breaker.shutdown();
  }

  /** False while statements are refused without asking. */
  get accepting(): boolean {
    return this.#breaker.state === 'closed';
  }

  /** For work that is in vain without the database. @throws {DatabaseUnavailable} while statements are refused */
  refuseIfAway(): void {
    this.#breaker.refuseIfOpen();
  }

  snapshot(): DatabaseSnapshot {
    const { pool, poolMax } = this.#options;
    return {
      sighting: this.#supervisor.sighting,
      breaker: { state: this.#breaker.state, since: this.#breaker.since, window: this.#breaker.window },
      pool: {
        max: poolMax,
        used: pool.totalCount - pool.idleCount,
        idle: pool.idleCount,
        waiting: this.#bulkhead.waiting,
      },
    };
  }

  /**
   * Runs one statement that changes nothing. Returns its one text, or null where it returned no row.
   * @throws {DatabaseUnavailable} when the database cannot answer
   * @throws {DatabaseOverloaded} when there was no room to ask
   * @throws {pg.DatabaseError} when it answered with an error of the caller's (SQLSTATE 22, 23, 42 …)
   */
  query(statement: Statement, values: readonly StatementValue[]): Promise<string | null> {
    return this.#call(statement.name, 'read', (client) => ask(client, statement, values));
  }

  /**
   * Runs one statement that changes something, with the same answers and errors as `query`. It is tried up to three
   * times when PostgreSQL asks for it (lock, serialization, deadlock); what it asks to try again has not happened.
   */
  write(statement: Statement, values: readonly StatementValue[]): Promise<string | null> {
    return this.#persistently(statement.name, (client, progress) => {
      progress.changing = true;
      return ask(client, statement, values);
    });
  }

  /**
   * Runs `work` in one transaction, with the same guarantees as a single statement. `work` may run up to three times,
   * as a statement of `write`, and must have no effect outside.
   */
  transaction<Result>(name: string, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#persistently(name, (client, progress) => inTransaction(client, progress, work));
  }

  async #persistently<Result>(name: string, work: Work<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#call(name, 'transaction', work);
      } catch (error) {
        const mayTryAgain = error instanceof DatabaseOverloaded && error.reason === 'lock';
        if (!mayTryAgain || attempt === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10 * attempt * (1 + Math.random())));
      }
    }
  }

  async #call<Result>(name: string, purpose: 'read' | 'transaction', work: Work<Result>): Promise<Result> {
    const { observer } = this.#options;
    const startedAt = performance.now();
    const progress: Progress = { changing: false, givenUp: false };
    let errorType: string | undefined;
    try {
      this.#breaker.refuseIfOpen();
      await this.#bulkhead.enter();
      try {
        observer.waited((performance.now() - startedAt) / 1000);
        return await this.#breaker.run(() => this.#onConnection(purpose, (client) => work(client, progress)));
      } finally {
        this.#bulkhead.leave();
      }
    } catch (error) {
      errorType = errorTypeOf(error);
      progress.givenUp = true;
      if (error instanceof DatabaseOverloaded && error.reason !== 'lock') observer.connectionTimeout();
      if (error instanceof DatabaseUnavailable && progress.changing && !wasCancelled(error.cause)) {
        throw new DatabaseUnavailable(error.reason, error.cause, true);
      }
      throw error;
    } finally {
      observer.statement(name, (performance.now() - startedAt) / 1000, errorType);
    }
  }

  async #onConnection<Result>(
    purpose: 'read' | 'transaction',
    work: (client: PoolClient) => Promise<Result>,
  ): Promise<Result> {
    let connection: PoolClient;
    try {
      connection = await this.#connections.acquire(purpose);
    } catch (error) {
      this.#supervisor.suspect();
      throw new DatabaseUnavailable(judge(error).unavailable ?? 'connection', error);
    }
    let keep = true;
    try {
      return await work(connection);
    } catch (error) {
      if (error instanceof WorkError) throw error.cause;
      const verdict = judge(error);
      keep = verdict.keepConnection;
      if (verdict.retry) throw new DatabaseOverloaded('lock', error);
      if (verdict.unavailable === undefined) throw error;
      this.#supervisor.suspect();
      throw new DatabaseUnavailable(verdict.unavailable, error);
    } finally {
      this.#connections.release(connection, keep);
    }
  }

  #onBreakerEvent(event: BreakerEvent): void {
    if (event === 'open') {
      // Connections of before the outage may be dead without knowing it, and nobody should wait for one.
      this.#connections.distrust();
      this.#bulkhead.refuseWaiting(() => refusal(() => new DatabaseUnavailable('open')));
      this.#supervisor.distrust();
    }
    this.#options.observer.breaker(event);
  }
}

/** PostgreSQL said that it ended the statement for its time limit (57014): then it has had no effect. */
function wasCancelled(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && cause.code === '57014';
}

/** The metric's error_type: an SQLSTATE, or a word of ours. Never free text. */
function errorTypeOf(error: unknown): string {
  if (error instanceof DatabaseUnavailable || error instanceof DatabaseOverloaded) return error.reason;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'other';
}
