import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, ReplyError } from 'ioredis';
import type { RedisConfig } from '../config/config.ts';

export type RedisLinkHandlers = {
  /** Redis can be used. `afterOutage` is true unless it was there from the start and never missed. */
  readonly onUp: (afterOutage: boolean) => Promise<void>;
  readonly onDown: () => void;
  readonly onMessage: (message: string) => void;
};

export type RedisSighting = {
  readonly state: 'up' | 'down';
  readonly since: Date;
  readonly problem: string | undefined;
};

const HEARTBEAT_MS = 250;
const HEARTBEAT_LIMIT_MS = 200;
const STRIKES_UNTIL_DOWN = 3;
const STRIKE_SPACING_MS = 25;
const SOCKET_TIMEOUT_MS = 500;
const RECONNECT_MAX_MS = 1000;

/**
 * Two connections to Redis, one for commands and one that listens, and one answer to "can it be used now?".
 * It says no at the first lost connection, or after a few time-outs in a row; from then on nobody waits for Redis
 * until both connections answer a heartbeat again.
 */
export class RedisLink {
  readonly commands: Redis;
  readonly #listener: Redis;
  readonly #handlers: RedisLinkHandlers;
  readonly #channel: string;
  #up = false;
  #since = new Date();
  #problem: string | undefined;
  /** What a connection attempt said last; more telling than the commands that fail for want of a connection. */
  #connectionProblem: string | undefined;
  #missedSomething = false;
  #interruptions = 0;
  #strikes = 0;
  #lastStrikeAt = 0;
  #stopped = false;
  #heartbeat: Promise<void> | undefined;

  constructor(config: RedisConfig, channel: string, handlers: RedisLinkHandlers) {
    this.#channel = channel;
    this.#handlers = handlers;
    const options = {
      host: config.host,
      port: config.port,
      db: config.database,
      ...(config.username !== undefined && { username: config.username }),
      ...(config.password !== undefined && { password: config.password }),
      ...(config.tls && { tls: {} }),
      lazyConnect: true,
      connectTimeout: SOCKET_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      commandTimeout: config.commandTimeoutMs,
      // A cache that has to be waited for is none: nothing is queued, nothing is sent twice.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt: number) => Math.min(100 * attempt, RECONNECT_MAX_MS),
    };
    this.commands = new Redis({ ...options, connectionName: 'steadfast' });
    this.#listener = new Redis({
      ...options,
      connectionName: 'steadfast-listener',
      autoResubscribe: false,
      protocol: 2 as const,
    });
    for (const connection of [this.commands, this.#listener]) {
      connection.on('error', (error: Error) => {
        this.#connectionProblem = error.message;
      });
      connection.on('ready', () => {
        this.#connectionProblem = undefined;
      });
      connection.on('close', () => this.#interrupted('the connection was lost'));
    }
    this.#listener.on('message', (_channel: string, message: string) => handlers.onMessage(message));
  }

  get available(): boolean {
    return this.#up;
  }

  get sighting(): RedisSighting {
    return {
      state: this.#up ? 'up' : 'down',
      since: this.#since,
      problem: this.#up ? undefined : (this.#connectionProblem ?? this.#problem ?? 'not connected yet'),
    };
  }

  /** Connects, waiting for Redis no longer than one heartbeat or two; from then on it comes and goes by itself. */
  async start(): Promise<void> {
    await Promise.allSettled([this.commands.connect(), this.#listener.connect()]);
    await this.#beat();
    this.#missedSomething ||= !this.#up;
    this.#heartbeat = this.#keepBeating();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#up = false;
    this.commands.disconnect();
    this.#listener.disconnect();
    await this.#heartbeat;
  }

  /** A command failed: after a few in a row Redis counts as down. An error that Redis answers is an answer. */
  strike(error?: unknown): void {
    if (error instanceof ReplyError) return;
    const now = Date.now();
    // What failed together is one strike: a pause of our own event loop makes many commands late at once.
    if (now - this.#lastStrikeAt < STRIKE_SPACING_MS) return;
    this.#lastStrikeAt = now;
    this.#strikes += 1;
    if (this.#strikes >= STRIKES_UNTIL_DOWN) this.#interrupted('commands timed out');
  }

  /** A command was answered. */
  answered(): void {
    this.#strikes = 0;
  }

  /** Something that others had to hear was not said: everything must be announced when Redis is back. */
  missed(): void {
    this.#interrupted('an announcement failed');
  }

  async #keepBeating(): Promise<void> {
    while (!this.#stopped) {
      await sleep(HEARTBEAT_MS);
      if (!this.#stopped) await this.#beat();
    }
  }

  async #beat(): Promise<void> {
    try {
      if (!this.#up) {
        // A connection that came back has forgotten its subscription.
        await withinLimit(this.#listener.subscribe(this.#channel));
      }
      await withinLimit(Promise.all([this.commands.ping(), this.#listener.ping()]));
    } catch (error) {
      this.#problem = messageOf(error);
      this.strike();
      return;
    }
    this.#strikes = 0;
    if (!this.#up) await this.#comeUp();
  }

  async #comeUp(): Promise<void> {
    const interruptions = this.#interruptions;
    try {
      await this.#handlers.onUp(this.#missedSomething);
    } catch (error) {
      // A full or read-only Redis, for one. The next heartbeat tries again.
      this.#problem = messageOf(error);
      return;
    }
    if (interruptions !== this.#interruptions) {
      this.#handlers.onDown();
      return;
    }
    this.#missedSomething = false;
    this.#up = true;
    this.#since = new Date();
  }

  #interrupted(problem: string): void {
    if (this.#stopped) return;
    this.#interruptions += 1;
    this.#missedSomething = true;
    if (!this.#up) return;
    this.#up = false;
    this.#since = new Date();
    this.#problem = problem;
    this.#handlers.onDown();
  }
}

async function withinLimit<Result>(work: Promise<Result>): Promise<Result> {
  const limit = new AbortController();
  try {
    return await Promise.race([
      work,
      sleep(HEARTBEAT_LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
        throw new Error(`no answer within ${HEARTBEAT_LIMIT_MS} ms`);
      }),
    ]);
  } finally {
    limit.abort();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
