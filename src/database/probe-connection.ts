import { Client, type ClientConfig } from 'pg';

/** What a server says of itself. */
export type ProbeAnswer = {
  readonly version: string;
  /** The object id of the database: that of another one of the same name is another. */
  readonly databaseId: string;
  /** It follows another server. */
  readonly standby: boolean;
  /** It takes no changes, being a standby or told so. */
  readonly readOnly: boolean;
  /** How far its write-ahead log has come, or was replayed on a standby, in bytes. */
  readonly position: number | undefined;
  /** Rises with each promotion. Of a standby the newest that it was seen to follow; it may be further. */
  readonly timeline: number;
};

const PROBE = `
select
  current_setting('server_version') as version,
  pg_postmaster_start_time()::text as started_at,
  (select oid::text from pg_database where datname = current_database()) as database_id,
  pg_is_in_recovery() as standby,
  pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as read_only,
  (case
    when pg_is_in_recovery() then pg_last_wal_replay_lsn()
    else pg_current_wal_flush_lsn()
  end - '0/0'::pg_lsn)::text as position,
  case
    when pg_is_in_recovery() then (
      -- What it receives is told to superusers and pg_read_all_stats only; what its last checkpoint was of, to all.
      select greatest(timeline_id, (select received_tli from pg_stat_wal_receiver))
      from pg_control_checkpoint()
    )
    else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
  end as timeline`;

type Row = {
  readonly version: string;
  readonly started_at: string;
  readonly database_id: string;
  readonly standby: boolean;
  readonly read_only: boolean;
  readonly position: string | null;
  readonly timeline: number;
};

/** A connection of the supervisor's own to one server: opened when it is needed, given up at the first doubt. */
export class ProbeConnection {
  readonly #config: ClientConfig;
  readonly #timeoutMs: number;
  readonly #onLost: () => void;
  #client: Client | undefined;
  /** Raised whenever the connection is given up, so that one that opens too late is not taken for it. */
  #attempt = 0;
  #followed: { readonly startedAt: string; readonly timeline: number } | undefined;

  constructor(config: ClientConfig, timeoutMs: number, onLost: () => void) {
    this.#config = config;
    this.#timeoutMs = timeoutMs;
    this.#onLost = onLost;
  }

  /** Asks the server who it is. Rejects when there is no answer within the time limit, connecting included. */
  async probe(): Promise<ProbeAnswer> {
    const attempt = this.#attempt;
    const { rows } = await this.#withinLimit(async () => {
      const client = this.#client ?? (await this.#connect());
      if (attempt !== this.#attempt) {
        client.connection.stream.destroy();
        throw new Error('connected too late');
      }
      this.#client = client;
      return client.query<Row>(PROBE);
    });
    const row = rows[0];
    if (row === undefined) throw new Error('the probe returned no row');
    return {
      version: row.version,
      databaseId: row.database_id,
      standby: row.standby,
      readOnly: row.read_only,
      position: row.position === null ? undefined : Number(row.position),
      timeline: row.standby ? this.#newestFollowed(row) : row.timeline,
    };
  }

  /**
   * With its primary a standby also loses what it receives from, and knows the timeline of its last checkpoint only. It
   * never goes back to an older one while it runs, however often the connection to it is lost.
   */
  #newestFollowed({ started_at: startedAt, timeline }: Row): number {
    const known = this.#followed?.startedAt === startedAt ? this.#followed.timeline : 0;
    this.#followed = { startedAt, timeline: Math.max(known, timeline) };
    return this.#followed.timeline;
  }

  /** The next probe opens a new connection. */
  drop(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#attempt += 1;
    // A hung server never answers end(): close the socket under it.
    if (client !== undefined) {
      client.connection.stream.destroy();
      void client.end().catch(() => {});
    }
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      ...this.#config,
      application_name: 'steadfast-supervisor',
      connectionTimeoutMillis: this.#timeoutMs,
    });
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
    this.#onLost();
  }

  async #withinLimit<Result>(work: () => Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      const late = () => reject(new Error(`no answer within ${this.#timeoutMs} ms`));
      // One more turn of the event loop: on a busy machine the answer may be here, waiting to be read.
      timer = setTimeout(() => setImmediate(late), this.#timeoutMs);
    });
    try {
      return await Promise.race([work(), limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}
