import { Client } from 'pg';
import { type ConnectionProblem, connectionProblem } from './errors.ts';

export type SupervisorOptions = {
  readonly connection: Readonly<ConstructorParameters<typeof Client>[0] & object>;
  readonly timeoutMs: number;
  /** Pauses between probes of a database that is down: from the first to the longest, doubling. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Called when the database was judged to be away, and when it was judged to be back. */
  readonly onDown: () => void;
  readonly onUp: () => void;
};

/** What the supervisor last saw. Health reports this and never waits for the database itself. */
export type DatabaseSighting = {
  readonly state: 'unknown' | 'up' | 'down';
  readonly probedAt: Date | undefined;
  readonly lastSeenUpAt: Date | undefined;
  readonly nextProbeAt: Date | undefined;
  readonly latencyMs: number | undefined;
  readonly serverVersion: string | undefined;
  readonly readOnly: boolean | undefined;
  readonly problem: { readonly kind: ConnectionProblem; readonly message: string } | undefined;
};

const WATCH_PAUSE_MS = 1000;
const RECOVERY_PAUSE_MS = 100;
const STRIKES_UNTIL_DOWN = 2;
const GOOD_PROBES_UNTIL_UP = 3;
const JITTER = 0.2;
/** An outage sooner than this after the last one goes on with its longer pauses. */
const STEADY_MS = 30_000;

const PROBE = {
  name: 'supervisor.probe',
  text: `select current_setting('server_version') as version,
                pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as read_only`,
};

/**
 * Watches the database on a connection of its own, with traffic or without. It judges, the database room acts:
 * two failed probes in a row are an outage, three good ones in a row its end.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  #client: Client | undefined;
  /** Raised whenever the connection is given up, so that one that opens too late is not taken for it. */
  #attempt = 0;
  #sighting: DatabaseSighting = {
    state: 'unknown',
    probedAt: undefined,
    lastSeenUpAt: undefined,
    nextProbeAt: undefined,
    latencyMs: undefined,
    serverVersion: undefined,
    readOnly: undefined,
    problem: undefined,
  };
  #strikes = 0;
  #goodProbes = 0;
  #backoffMs: number;
  #recoveredAt = 0;
  #stopped = false;
  #wake: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#backoffMs = options.minMs;
  }

  get sighting(): DatabaseSighting {
    return this.#sighting;
  }

  /** Begins to watch; resolves with what the first probes say. */
  async start(): Promise<DatabaseSighting> {
    await this.#probe();
    if (this.#sighting.state === 'unknown') await this.#probe();
    this.#loop = this.#watch();
    return this.#sighting;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    this.#dropConnection();
    await this.#loop;
  }

  /** Somebody's statement failed: look now instead of at the next turn. */
  suspect(): void {
    if (this.#sighting.state === 'up') this.#wake();
  }

  /**
   * The breaker opened by its window although probes succeed: the database must prove itself again, on a new
   * connection, because it may be new ones that fail.
   */
  distrust(): void {
    if (this.#sighting.state === 'down') return;
    this.#sighting = { ...this.#sighting, state: 'down' };
    this.#goodProbes = 0;
    this.#dropConnection();
    if (Date.now() - this.#recoveredAt > STEADY_MS) this.#backoffMs = this.#options.minMs;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      await this.#pause(this.#nextPauseMs());
      if (!this.#stopped) await this.#probe();
    }
  }

  #nextPauseMs(): number {
    if (this.#sighting.state !== 'down') return this.#strikes > 0 ? 0 : WATCH_PAUSE_MS;
    if (this.#goodProbes > 0) return RECOVERY_PAUSE_MS;
    const pause = this.#backoffMs * (1 + JITTER * (2 * Math.random() - 1));
    this.#backoffMs = Math.min(this.#backoffMs * 2, this.#options.maxMs);
    return pause;
  }

  #pause(ms: number): Promise<void> {
    this.#sighting = { ...this.#sighting, nextProbeAt: new Date(Date.now() + ms) };
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #probe(): Promise<void> {
    const startedAt = performance.now();
    try {
      const { version, readOnly } = await this.#ask();
      this.#sawUp(version, readOnly, performance.now() - startedAt);
    } catch (error) {
      this.#dropConnection();
      if (!this.#stopped) this.#sawFailure(error);
    }
  }

  #sawUp(serverVersion: string, readOnly: boolean, latencyMs: number): void {
    const now = new Date();
    this.#strikes = 0;
    this.#goodProbes += 1;
    const down = this.#sighting.state === 'down' && this.#goodProbes < GOOD_PROBES_UNTIL_UP;
    const recovered = this.#sighting.state === 'down' && !down;
    this.#sighting = {
      ...this.#sighting,
      ...{ state: down ? 'down' : 'up', probedAt: now, lastSeenUpAt: now, latencyMs, serverVersion, readOnly },
      problem: undefined,
    };
    if (recovered) {
      this.#recoveredAt = Date.now();
      this.#options.onUp();
    }
  }

  #sawFailure(error: unknown): void {
    this.#goodProbes = 0;
    this.#strikes += 1;
    const wasDown = this.#sighting.state === 'down';
    const isDown = wasDown || this.#strikes >= STRIKES_UNTIL_DOWN;
    this.#sighting = {
      ...this.#sighting,
      state: isDown ? 'down' : this.#sighting.state,
      probedAt: new Date(),
      latencyMs: undefined,
      problem: { kind: connectionProblem(error), message: messageOf(error) },
    };
    if (isDown && !wasDown) {
      if (Date.now() - this.#recoveredAt > STEADY_MS) this.#backoffMs = this.#options.minMs;
      this.#options.onDown();
    }
  }

  async #ask(): Promise<{ version: string; readOnly: boolean }> {
    const attempt = this.#attempt;
    const { rows } = await this.#withinLimit(async () => {
      const client = this.#client ?? (await this.#connect());
      if (attempt !== this.#attempt) {
        client.connection.stream.destroy();
        throw new Error('connected too late');
      }
      this.#client = client;
      return client.query<{ version: string; read_only: boolean }>(PROBE);
    });
    const row = rows[0];
    if (row === undefined) throw new Error('the probe returned no row');
    return { version: row.version, readOnly: row.read_only };
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      ...this.#options.connection,
      application_name: 'steadfast-supervisor',
      connectionTimeoutMillis: this.#options.timeoutMs,
    });
    // A connection lost between two probes is news: look at once.
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    try {
      await client.connect();
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
    return client;
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.suspect();
  }

  #dropConnection(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#attempt += 1;
    // A hung server never answers end(): close the socket under it.
    if (client !== undefined) {
      client.connection.stream.destroy();
      void client.end().catch(() => {});
    }
  }

  async #withinLimit<Result>(work: () => Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      const late = () => reject(new Error(`no answer within ${this.#options.timeoutMs} ms`));
      // One more turn of the event loop: on a busy machine the answer may be here, waiting to be read.
      timer = setTimeout(() => setImmediate(late), this.#options.timeoutMs);
    });
    try {
      return await Promise.race([work(), limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
