import { randomBytes } from 'node:crypto';

/**
 * A real server started for a while and removed without a trace: for the demo, the drill and the tests.
 * `commands` are one-line shell commands that do to it what the night does to servers; anyone may type them.
 */
export type ThrowawayServer = {
  /** What it is, for people: "PostgreSQL 15.18 (this machine's own)". */
  readonly description: string;
  /** Connection URL, with the password. Never print it. */
  readonly url: string;
  readonly port: number;
  readonly commands: {
    readonly kill: string;
    readonly freeze: string;
    readonly thaw: string;
  };
  /** Starts it, again after a kill too, on the same port and the same data; returns when it answers. */
  start(): Promise<void>;
  /** Stops it for good and removes what it left. */
  stop(): Promise<void>;
};

/** What cannot be had on this machine, in words that say what to install. */
export class ServersUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ServersUnavailable';
  }
}

/** A password that lives as long as the server. */
export const newPassword = (): string => randomBytes(18).toString('hex');
