import type { Pool, PoolClient } from 'pg';
import { formatHost, type HostPort } from '../config/host-list.ts';
import { Breaker, type BreakerEvent, type BreakerState } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { type Caller, NOBODY } from './caller.ts';
import { within } from './deadlines.ts';
import {
  DatabaseOverloaded,
  DatabaseUnavailable,
  errorTypeOf,
  isWithoutEffect,
  judge,
  NOT_ASKED,
  type OverloadReason,
  refusal,
} from './errors.ts';
import type { Hold } from './hold.ts';
import { PooledConnections } from './pooled-connections.ts';
import type { DatabaseSighting } from './sighting.ts';
import { Supervisor, type SupervisorOptions, type Told } from './supervisor.ts';
import { type Progress, WorkError } from './transaction.ts';

export type ServerObserver = {
  /** A call ended; `errorType` is unset when it succeeded. */
  statement(name: string, seconds: number, errorType: string | undefined): void;
  breaker(event: BreakerEvent): void;
  /** A call got a connection after waiting that long. */
  waited(seconds: number): void;
  /** A call was sent away for want of room, or because nobody waited for it any more. */
  shed(reason: OverloadReason): void;
};

export type ServerLimits = {
  readonly pooler: 'none' | 'pgbouncer';
  readonly poolMax: number;
  readonly queueMax: number;
  readonly queueTimeoutMs: number;
  readonly queryTimeoutMs: number;
  readonly breakerTimeoutMs: number;
  readonly slowCallMs: number;
  readonly rampMs: number;
};

export type ServerOptions = {
  readonly host: HostPort;
  readonly pool: Pool;
  readonly limits: ServerLimits;
  readonly supervisor: Omit<SupervisorOptions, 'onDown' | 'onUp'>;
  readonly observer: ServerObserver;
};

export type ServerSnapshot = {
  readonly host: HostPort;
  /** What is at that address in place of PostgreSQL, which is behind it. */
  readonly pooler: ServerLimits['pooler'];
  readonly sighting: DatabaseSighting;
  readonly breaker: {
    readonly state: BreakerState;
    readonly since: Date;
    readonly window: { readonly calls: number; readonly failures: number };
    readonly held: Hold | undefined;
  };
  readonly pool: {
    readonly max: number;
    readonly used: number;
    readonly idle: number;
    readonly waiting: number;
    /** Calls that may be at work now; fewer than `max` for a while after an outage. */
    readonly limit: number;
  };
};

/** A call: its statement's name, what it may do, and who waits for it. */
export type Call = {
  readonly name: string;
  /** `read` promises that the work may be cut off at any moment without harm. */
  readonly purpose: 'read' | 'transaction';
  readonly reserved: boolean;
  readonly caller: Caller;
};

export type Work<Result> = (client: PoolClient, progress: Progress) => Promise<Result>;

/** One PostgreSQL server and the only road to it: bulkhead, then breaker, then a pooled connection. */
export class DatabaseServer {
  readonly #options: ServerOptions;
  readonly #bulkhead: Bulkhead;
  readonly #breaker: Breaker;
  readonly #supervisor: Supervisor;
  readonly #connections: PooledConnections;
  #host: HostPort;

  constructor(options: ServerOptions) {
    const { limits } = options;
    this.#options = options;
    this.#host = options.host;
    this.#bulkhead = new Bulkhead({ ...limits, limit: limits.poolMax });
    this.#connections = new PooledConnections(options.pool);
    this.#breaker = new Breaker({
      timeoutMs: limits.breakerTimeoutMs,
      slowCallMs: limits.slowCallMs,
      onEvent: (event) => this.#onBreakerEvent(event),
    });
    this.#supervisor = new Supervisor({
      ...options.supervisor,
      onDown: () => {
        this.#breaker.open();
        this.#connections.abandonReads();
      },
      onUp: () => this.#breaker.close(),
    });
  }

  /** Begins to watch the server; resolves with what the first probes saw, whatever that is. */
  start(): Promise<DatabaseSighting> {
    return this.#supervisor.start();
  }

  /** The process that watches for this one has looked. */
  follow(told: Told): void {
    this.#supervisor.follow(told);
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop();
    this.#breaker.shutdown();
  }

  /** False while calls are refused without asking. */
  get accepting(): boolean {
    return this.#breaker.state === 'closed';
  }

  get sighting(): DatabaseSighting {
    return this.#supervisor.sighting;
  }

  /** Calls at work and waiting. */
  get load(): number {
    return this.#bulkhead.working + this.#bulkhead.waiting;
  }

  /** What calls of that purpose are refused with, without asking; undefined while they are not. The breaker counts its own. */
  refusal(purpose: Call['purpose']): DatabaseUnavailable | undefined {
    const refused = this.#breaker.refusal();
    if (refused !== undefined || purpose === 'read' || !this.sighting.readOnly) return refused;
    return refusal(() => new DatabaseUnavailable('read-only'));
  }

  /** Another server has this one's part now, if it is not the one that had it. */
  moveTo(host: HostPort): void {
    if (formatHost(host) === formatHost(this.#host)) return;
    this.#host = host;
    this.#connections.moveTo(host);
  }

  /** Holds the breaker open or closed by hand, or releases it to what the supervisor sees. */
  hold(hold: Hold | undefined): void {
    this.#breaker.hold(hold);
    if (hold !== undefined) return;
    if (this.sighting.state === 'down') this.#breaker.open();
    else if (this.#breaker.state !== 'closed') this.#supervisor.distrust();
  }

  snapshot(): ServerSnapshot {
    const { pool, limits } = this.#options;
    const { state, since, window, held } = this.#breaker;
    return {
      host: this.#host,
      pooler: limits.pooler,
      sighting: this.sighting,
      breaker: { state, since, window, held },
      pool: {
        max: limits.poolMax,
        used: pool.totalCount - pool.idleCount,
        idle: pool.idleCount,
        waiting: this.#bulkhead.waiting,
        limit: this.#bulkhead.limit,
      },
    };
  }

  /**
   * Runs `work` on a connection.
   * @throws {DatabaseUnavailable} when the server cannot answer
   * @throws {DatabaseOverloaded} when there was no room to ask, or no time
   * @throws {pg.DatabaseError} when it answered with an error of the caller's (SQLSTATE 22, 23, 42 …)
   */
  call<Result>(call: Call, work: Work<Result>): Promise<Result> {
    const refused = this.refusal(call.purpose);
    if (refused === undefined) return this.#admit(call, work);
    this.#options.observer.statement(call.name, 0, errorTypeOf(refused));
    return Promise.reject(refused);
  }

  async #admit<Result>(call: Call, work: Work<Result>): Promise<Result> {
    const { observer, limits } = this.#options;
    const startedAt = performance.now();
    const progress: Progress = {
      changing: false,
      givenUp: false,
      prepares: limits.pooler === 'none',
      deadlineAt: call.caller.deadlineAt,
      queryTimeoutMs: limits.queryTimeoutMs,
    };
    let errorType: string | undefined;
    try {
      const waiting = this.#bulkhead.enter(call);
      if (waiting !== undefined) await waiting;
      observer.waited((performance.now() - startedAt) / 1000);
      const result = this.#inPlace(call, (client) => work(client, progress));
      const { deadlineAt } = call.caller;
      // Nobody waits behind the deadline, also not for a connection or a rollback.
      return await (deadlineAt === NOBODY.deadlineAt ? result : within(deadlineAt, result, tooLate));
    } catch (error) {
      errorType = errorTypeOf(error);
      progress.givenUp = true;
      if (error instanceof DatabaseOverloaded && error.reason !== 'lock') observer.shed(error.reason);
      if (error instanceof DatabaseUnavailable && progress.changing && !isWithoutEffect(error.cause)) {
        throw new DatabaseUnavailable(error.reason, error.cause, true);
      }
      throw error;
    } finally {
      observer.statement(call.name, (performance.now() - startedAt) / 1000, errorType);
    }
  }

  /** Whoever has a place has it for as long as its connection, also when the breaker has given it up meanwhile. */
  async #inPlace<Result>(call: Call, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    let begun = false;
    try {
      return await this.#breaker.run(call.name, async () => {
        begun = true;
        try {
          return await this.#onConnection(call.purpose, work);
        } finally {
          this.#bulkhead.leave(call);
        }
      });
    } finally {
      if (!begun) this.#bulkhead.leave(call);
    }
  }

  async #onConnection<Result>(
    purpose: Call['purpose'],
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
      throw error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable(verdict.unavailable, error);
    } finally {
      this.#connections.release(connection, keep);
    }
  }

  #onBreakerEvent(event: BreakerEvent): void {
    if (event === 'open') {
      // Connections of before the outage may be dead without knowing it, and nobody should wait for one.
      this.#connections.distrust();
      this.#bulkhead.refuseWaiting(() => NOT_ASKED);
      this.#supervisor.distrust();
    }
    if (event === 'close') this.#bulkhead.ramp();
    this.#options.observer.breaker(event);
  }
}

const tooLate = () => refusal(() => new DatabaseUnavailable('deadline'));
