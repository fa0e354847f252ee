import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

export type RedisListenerHandlers = {
  readonly onMessage: (message: string) => void;
  readonly onProblem: (error: Error) => void;
  /** What is announced from now on is missed. */
  readonly onLost: () => void;
};

/** The connection that listens to announcements, and to heartbeats of ours that take the same way. */
export class RedisListener {
  readonly #create: () => Redis;
  readonly #channel: string;
  readonly #handlers: RedisListenerHandlers;
  readonly #heartbeatChannel: string;
  #connection: Redis | undefined;
  #opening: Redis | undefined;
  #unheard = new Set<string>();
  #allHeard = () => {};
  #rounds = 0;

  constructor(create: () => Redis, channel: string, handlers: RedisListenerHandlers) {
    this.#create = create;
    this.#channel = channel;
    this.#handlers = handlers;
    this.#heartbeatChannel = `${channel}:heartbeat:${randomUUID()}`;
  }

  get connected(): boolean {
    return this.#connection?.status === 'ready';
  }

  /** Listens on a new connection. The one before it is kept until then, for there may be no way to a new one. */
  async open(): Promise<void> {
    this.#opening?.disconnect();
    const connection = this.#create();
    this.#opening = connection;
    connection.on('error', this.#handlers.onProblem);
    connection.on('close', () => {
      if (this.#connection === connection) this.#handlers.onLost();
    });
    connection.on('message', (channel: string, message: string) => {
      if (this.#connection !== connection) return;
      if (channel === this.#channel) this.#handlers.onMessage(message);
      else if (this.#unheard.delete(message) && this.#unheard.size === 0) this.#allHeard();
    });
    await connection.connect();
    await connection.subscribe(this.#channel, this.#heartbeatChannel);
    const before = this.#connection;
    this.#connection = connection;
    this.#opening = undefined;
    before?.disconnect();
  }

  close(): void {
    this.#opening?.disconnect();
    this.#connection?.disconnect();
  }

  /** Has every master publish a heartbeat. Resolves when all have been heard: never, if one is not. */
  async hear(masters: readonly Redis[]): Promise<void> {
    this.#rounds += 1;
    const heartbeats = masters.map((master, index) => ({ master, message: `${this.#rounds}.${index}` }));
    this.#unheard = new Set(heartbeats.map(({ message }) => message));
    const heard = new Promise<void>((resolve) => {
      this.#allHeard = resolve;
    });
    const published = heartbeats.map(({ master, message }) => master.publish(this.#heartbeatChannel, message));
    await Promise.all([heard, ...published]);
  }
}
