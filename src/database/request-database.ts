import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from './caller.ts';
import type { Database, Reading } from './database.ts';
import type { Statement, StatementValue, Step } from './statement.ts';
import type { Transaction } from './transaction.ts';

const OWN = Symbol('the database of this request');

declare module 'fastify' {
  interface FastifyRequest {
    /** The database for the work of this request. */
    readonly database: RequestDatabase;
    [OWN]: RequestDatabase | null;
  }
}

/** The database as one request may use it: within its deadline, and only as long as its client is there. */
export class RequestDatabase {
  readonly #database: Database;
  readonly #caller: { deadlineAt: number } & Caller;
  #pausedAt = 0;

  constructor(database: Database, caller: Caller) {
    this.#database = database;
    this.#caller = { ...caller };
  }

  /** What passes until `resume` is nobody's time here. */
  pause(): void {
    this.#pausedAt = performance.now();
  }

  resume(): void {
    this.#caller.deadlineAt += performance.now() - this.#pausedAt;
  }

  /** True when nobody reads the answer any more. */
  readonly isUnwanted = (): boolean => this.#caller.gone();

  /** @see Database.position */
  position(): Promise<number | undefined> {
    return this.#database.position(this.#caller.deadlineAt);
  }

  /** @see Database.refusalOfChanges */
  refusalOfChanges(): Error | undefined {
    return this.#database.refusalOfChanges();
  }

  /** Before work that would be in vain. @throws {DatabaseUnavailable} while changes are refused */
  refuseIfAway(): void {
    const refusal = this.refusalOfChanges();
    if (refusal !== undefined) throw refusal;
  }

  /** @see Database.read */
  read(statement: Statement, values: readonly StatementValue[], reading?: Reading): Promise<Buffer | null> {
    return this.#database.read(statement, values, reading, this.#caller);
  }

  /** @see Database.query */
  query(statement: Statement, values: readonly StatementValue[], reading?: Reading): Promise<string | null> {
    return this.#database.query(statement, values, reading, this.#caller);
  }

  /** @see Database.write */
  write(statement: Statement, values: readonly StatementValue[]): Promise<string | null> {
    return this.#database.write(statement, values, this.#caller);
  }

  /** @see Database.writeTogether */
  writeTogether(name: string, steps: readonly Step[]): Promise<(string | null)[]> {
    return this.#database.writeTogether(name, steps, this.#caller);
  }

  /** @see Database.transaction */
  transaction<Result>(name: string, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#database.transaction(name, work, this.#caller);
  }
}

/**
 * Gives every request its `database`. Its time begins with the first use, and stands still while the body arrives: a slow
 * sender does not lose it by sending.
 */
export function decorateRequests(app: FastifyInstance, deadlineMs: number): void {
  app.decorateRequest(OWN, null);
  app.decorateRequest('database', {
    getter(this: FastifyRequest) {
      this[OWN] ??= new RequestDatabase(this.server.database, callerOf(this, deadlineMs));
      return this[OWN];
    },
  });
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    request[OWN]?.pause();
    done();
  });
  app.addHook('preValidation', (request, _reply, done) => {
    request[OWN]?.resume();
    done();
  });
}

function callerOf({ raw: { socket } }: FastifyRequest, deadlineMs: number): Caller {
  return {
    deadlineAt: performance.now() + deadlineMs,
    // A client that has ended its side is answered no more: Node ends ours then.
    gone: () => socket.destroyed || socket.writableEnded,
  };
}
