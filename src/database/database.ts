import { type Caller, NOBODY } from './caller.ts';
import { DatabaseOverloaded, DatabaseUnavailable } from './errors.ts';
import { type Hold, HoldFile } from './hold.ts';
import type { PrimaryProgress } from './lag.ts';
import { type Replica, type ReplicaSnapshot, Replicas } from './replicas.ts';
import type { Call, DatabaseServer, ServerSnapshot, Work } from './server.ts';
import type { DatabaseSighting } from './sighting.ts';
import type { Statement, StatementValue, Step } from './statement.ts';
import { ask, askTogether, inTransaction, type Transaction, textOf } from './transaction.ts';

export type DatabaseOptions = {
  readonly primary: DatabaseServer;
  readonly replicas: readonly Replica[];
  readonly progress: PrimaryProgress;
  readonly replicaMaxLagMs: number;
  readonly holdFile: string;
  readonly onHold: (hold: Hold | undefined) => void;
  readonly onHoldUnreadable: (error: unknown) => void;
};

/** What the primary's snapshot says, and the replicas beside it. */
export type DatabaseSnapshot = ServerSnapshot & { readonly replicas: readonly ReplicaSnapshot[] };

/** What a read may be answered from. */
export type Reading = {
  /** How far a replica must have come to answer it; undefined leaves it to the primary. */
  readonly position?: number | undefined;
  /**
   * Is told when no server had come that far and one answered all the same: the answer may lack what was written last.
   * Without it, nobody answers whose answer might.
   */
  readonly onBehind?: () => void;
  /** False when nobody waits for the answer any more. Left out, it is the caller's presence that counts. */
  readonly wanted?: () => boolean;
};

const TRIES = 3;

/**
 * What is flushed is what replicas are sent, and a commit that was acknowledged is flushed. (The insert position may lie
 * behind a page header that nobody ever replays, or be lost with the primary.)
 */
const CURRENT_POSITION: Statement = {
  name: 'database.position',
  text: "select (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::text",
  reserved: true,
};

/** The only road to PostgreSQL at run time: changes to the primary, reads to it or to a replica that is fresh enough. */
export class Database {
  readonly #primary: DatabaseServer;
  readonly #replicas: Replicas;
  readonly #holdFile: HoldFile;

  constructor(options: DatabaseOptions) {
    this.#primary = options.primary;
    this.#replicas = new Replicas(options.replicas, options.progress, options.replicaMaxLagMs);
    this.#holdFile = new HoldFile(options.holdFile, {
      onChange: (hold) => {
        this.#primary.hold(hold);
        options.onHold(hold);
      },
      onUnreadable: options.onHoldUnreadable,
    });
  }

  /** Begins to watch the servers; resolves with what the first probes saw of the primary, whatever that is. */
  async start(): Promise<DatabaseSighting> {
    const [sighting] = await Promise.all([this.#primary.start(), this.#replicas.start()]);
    await this.#holdFile.start();
    return sighting;
  }

  async stop(): Promise<void> {
    this.#holdFile.stop();
    await Promise.all([this.#primary.stop(), this.#replicas.stop()]);
  }

  /** False while reads are refused without asking. */
  get accepting(): boolean {
    return this.#primary.accepting || this.#replicas.anyUsable;
  }

  /** What changes are refused with while they would be in vain, for want of a primary; undefined while they are not. */
  refusalOfChanges(): DatabaseUnavailable | undefined {
    return this.#primary.refusal('transaction');
  }

  /** What was last seen of the primary. */
  get sighting(): DatabaseSighting {
    return this.#primary.sighting;
  }

  snapshot(): DatabaseSnapshot {
    return { ...this.#primary.snapshot(), replicas: this.#replicas.snapshot() };
  }

  /**
   * How far the primary has come, for a reader who must see what is committed now; undefined where there are no replicas
   * or the primary cannot say in time. Never rejects.
   */
  async position(deadlineAt = NOBODY.deadlineAt): Promise<number | undefined> {
    if (this.#replicas.none) return undefined;
    try {
      const call = readCall(CURRENT_POSITION, { ...NOBODY, deadlineAt });
      return Number(textOf(await this.#primary.call(call, asking(CURRENT_POSITION, []))));
    } catch {
      return undefined;
    }
  }

  /** As `read`, with the text as a string. */
  async query(
    statement: Statement,
    values: readonly StatementValue[],
    reading?: Reading,
    caller?: Caller,
  ): Promise<string | null> {
    return textOf(await this.read(statement, values, reading, caller));
  }

  /**
   * Runs one statement that changes nothing. Returns its one text as it came, in UTF-8, or null where it returned no row.
   * @throws {DatabaseUnavailable} when the database cannot answer
   * @throws {DatabaseOverloaded} when there was no room to ask, or no time
   * @throws {pg.DatabaseError} when it answered with an error of the caller's (SQLSTATE 22, 23, 42 …)
   */
  read(
    statement: Statement,
    values: readonly StatementValue[],
    reading: Reading = {},
    caller: Caller = NOBODY,
  ): Promise<Buffer | null> {
    const { wanted } = reading;
    const call = readCall(statement, wanted === undefined ? caller : { ...caller, gone: () => !wanted() });
    const work = asking(statement, values);
    return this.#replicas.none ? this.#primary.call(call, work) : this.#readAnywhere(call, work, reading);
  }

  async #readAnywhere(
    call: Call,
    work: Work<Buffer | null>,
    { position, onBehind }: Reading,
  ): Promise<Buffer | null> {
    const replica = position === undefined ? undefined : this.#replicas.freshFor(position);
    if (replica !== undefined) {
      try {
        return await replica.call(call, work);
      } catch (error) {
        if (!mayAnotherAnswer(error)) throw error;
      }
    }
    try {
      return await this.#primary.call(call, work);
    } catch (error) {
      if (onBehind === undefined || !isAway(error)) throw error;
      const standIn = this.#replicas.furthest(replica);
      if (standIn === undefined) throw error;
      const isBehind = position === undefined || !standIn.onPrimaryTimeline || standIn.position < position;
      if (isBehind) onBehind();
      const bytes = await standIn.server.call(call, work);
      // What is missing there may have been made since: nobody knows.
      if (isBehind && bytes === null) throw error;
      return bytes;
    }
  }

  /**
   * Runs one statement that changes something, with the same answers and errors as `query`. It is tried up to three
   * times when PostgreSQL asks for it (lock, serialization, deadlock); what it asks to try again has not happened.
   */
  write(statement: Statement, values: readonly StatementValue[], caller: Caller = NOBODY): Promise<string | null> {
    return this.#persistently(changeCall(statement.name, caller), (client, progress) => {
      progress.changing = true;
      return ask(client, statement, values, progress).then(textOf);
    });
  }

  /**
   * Runs statements that change something one after the other as one transaction, in one round trip, with the same guarantees
   * as a single one. Each sees what those before it did. Returns the text of each.
   */
  writeTogether(name: string, steps: readonly Step[], caller: Caller = NOBODY): Promise<(string | null)[]> {
    return this.#persistently(changeCall(name, caller), async (client, progress) => {
      progress.changing = true;
      return (await askTogether(client, steps, progress)).map(textOf);
    });
  }

  /**
   * Runs `work` in one transaction, with the same guarantees as a single statement. `work` may run up to three times,
   * as a statement of `write`, and must have no effect outside.
   */
  transaction<Result>(
    name: string,
    work: (transaction: Transaction) => Promise<Result>,
    caller: Caller = NOBODY,
  ): Promise<Result> {
    return this.#persistently(changeCall(name, caller), (client, progress) =>
      inTransaction(client, progress, work),
    );
  }

  async #persistently<Result>(call: Call, work: Work<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#primary.call(call, work);
      } catch (error) {
        const mayTryAgain = error instanceof DatabaseOverloaded && error.reason === 'lock';
        if (!mayTryAgain || attempt === TRIES || performance.now() > call.caller.deadlineAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10 * attempt * (1 + Math.random())));
      }
    }
  }
}

function readCall({ name, reserved = false }: Statement, caller: Caller): Call {
  return { name, purpose: 'read', reserved, caller };
}

function changeCall(name: string, caller: Caller): Call {
  return { name, purpose: 'transaction', reserved: true, caller };
}

function asking(statement: Statement, values: readonly StatementValue[]): Work<Buffer | null> {
  return (client, progress) => ask(client, statement, values, progress);
}

/** The replica failed, or a change it had to replay came in between (40001): the primary may do better. */
function mayAnotherAnswer(error: unknown): boolean {
  if (error instanceof DatabaseOverloaded) return error.reason === 'lock';
  return error instanceof DatabaseUnavailable && error.reason !== 'deadline';
}

/** The primary failed. A statement that took too long there is not sent round for others to try. */
function isAway(error: unknown): boolean {
  return (
    error instanceof DatabaseUnavailable && error.reason !== 'statement-timeout' && error.reason !== 'deadline'
  );
}
