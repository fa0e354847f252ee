import { setTimeout as sleep } from 'node:timers/promises';
import { type Redis, ReplyError } from 'ioredis';
import type { RedisConfig } from '../config/config.ts';
import { createRedisConnections, type RedisCommands, type RedisConnections } from './redis-connections.ts';
import { RedisListener } from './redis-listener.ts';

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
const CONNECT_LIMIT_MS = 1000;
const STRIKES_UNTIL_DOWN = 3;
const STRIKE_SPACING_MS = 25;

/**
 * Connections to Redis, one that listens and those for commands, and one answer to "can it be used now?".
 * It says no at the first lost connection, or after a few time-outs in a row; from then on nobody waits for Redis
 * until a heartbeat sent to every master is heard by the listener, the very way that announcements take, and each takes writes.
 */
export class RedisLink {
  readonly #connections: RedisConnections;
  readonly #handlers: RedisLinkHandlers;
  readonly #listener: RedisListener;
  readonly #confirmationKey: string;
  #masters: ReadonlySet<Redis> = new Set();
  readonly #watched = new WeakSet<Redis>();
  #up = false;
  #since = new Date();
  #problem: string | undefined;
  /** What a connection attempt said last; more telling than the commands that fail for want of a connection. */
  #connectionProblem: string | undefined;
  /** The last heartbeat was not heard. */
  #unheard = false;
  #missedSomething = false;
  #interruptions = 0;
  #strikes = 0;
  #lastStrikeAt = 0;
  #stopped = false;
  #heartbeat: Promise<void> | undefined;

  constructor(config: RedisConfig, channel: string, handlers: RedisLinkHandlers) {
    this.#handlers = handlers;
    this.#confirmationKey = `${channel}:confirmed`;
    this.#connections = createRedisConnections(config);
    const noteProblem = ({ message }: Error) => {
      if (!this.#up) this.#connectionProblem = message;
    };
    const { commands, createListener } = this.#connections;
    this.#listener = new RedisListener(createListener, channel, {
      onMessage: handlers.onMessage,
      onProblem: noteProblem,
      onLost: () => this.#interrupted('the listening connection was lost'),
    });
    for (const event of ['error', 'node error']) commands.on(event, noteProblem);
    commands.on('ready', () => {
      this.#connectionProblem = undefined;
    });
  }

  /** The connection for commands, of one server or a cluster. */
  get commands(): RedisCommands {
    return this.#connections.commands;
  }

  get available(): boolean {
    return this.#up;
  }

  /** The connection of every server that takes writes. @throws {Error} while not all of them are known */
  masters(): readonly Redis[] {
    return this.#connections.masters();
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
    await within(CONNECT_LIMIT_MS, this.#connections.connect()).catch(() => {});
    await this.#beat();
    this.#missedSomething ||= !this.#up;
    this.#heartbeat = this.#keepBeating();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#up = false;
    this.commands.disconnect();
    this.#listener.close();
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
      if (!this.#up) await this.#listen();
      await within(HEARTBEAT_LIMIT_MS, this.#roundTrip());
    } catch (error) {
      this.#problem = messageOf(error);
      if (error instanceof ReplyError) {
        this.#interrupted(this.#problem);
        return;
      }
      this.#unheard = true;
      this.strike();
      return;
    }
    this.#unheard = false;
    this.#strikes = 0;
    if (!this.#up) await this.#comeUp();
  }

  /** A listener that is lost, or did not hear, is replaced: it may hang, or listen to a server of before. */
  async #listen(): Promise<void> {
    if (this.#listener.connected && !this.#unheard) return;
    await within(CONNECT_LIMIT_MS, this.#listener.open()).catch((error: unknown) => {
      // Sentinels may be gone while their master lives: then the old one may hear again.
      if (!this.#listener.connected) throw error;
    });
  }

  async #roundTrip(): Promise<void> {
    const masters = this.#connections.masters();
    this.#watch(masters);
    await Promise.all([
      this.#listener.hear(masters),
      ...masters.map((master) => this.#connections.confirm(master, this.#confirmationKey)),
    ]);
  }

  #watch(masters: readonly Redis[]): void {
    // A server that took over may lack what the one before it was told last.
    const tookOver = this.#masters.size > 0 && masters.some((master) => !this.#masters.has(master));
    this.#masters = new Set(masters);
    for (const master of masters) {
      if (this.#watched.has(master)) continue;
      this.#watched.add(master);
      master.on('close', () => {
        if (this.#masters.has(master)) this.#interrupted('a connection was lost');
      });
    }
    if (tookOver) this.#interrupted('another server took over');
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
    this.#connectionProblem = undefined;
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

async function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  const limit = new AbortController();
  try {
    return await Promise.race([
      work,
      sleep(limitMs, undefined, { signal: limit.signal }).then(() => {
        throw new Error(`no answer within ${limitMs} ms`);
      }),
    ]);
  } finally {
    limit.abort();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
