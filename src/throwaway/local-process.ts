import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { children, isAlive, signal } from './processes.ts';
import { eventually, type Identity } from './shell.ts';

export type LocalProcessOptions = {
  readonly program: string;
  readonly args: readonly string[];
  /** The folder it runs in, / if left out: for a program that does not go to its own. */
  readonly folder?: string;
  readonly logFile: string;
  readonly identity: Identity | undefined;
  /** Resolves when the server answers. */
  readonly answers: () => Promise<void>;
  readonly stopSignal: NodeJS.Signals;
};

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;

/** One server program as a child of ours, in a session of its own so that Ctrl-C reaches only us. */
export class LocalProcess {
  #options: LocalProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: LocalProcessOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const pid = this.#child?.pid;
    // One that was killed a moment ago may still look alive, but answers no more.
    if (pid !== undefined && isAlive(pid) && (await succeeds(this.#options.answers()))) return;
    // After a kill -9 the old server's children may need a moment to notice and let go of its memory.
    await eventually(() => this.#startOnce(), START_LIMIT_MS, 100);
  }

  async #startOnce(): Promise<void> {
    const { program, args, folder = '/', logFile, identity, answers } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    const child = spawn(program, [...args], {
      ...identity,
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    let ended = false;
    child.once('exit', () => {
      ended = true;
    });
    child.once('error', () => {
      ended = true;
    });
    const deadline = Date.now() + START_LIMIT_MS;
    while (!ended && Date.now() < deadline) {
      if (await succeeds(answers())) return;
      await sleep(30);
    }
    throw new Error(`${program} did not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
  }

  /** Asks politely, then less politely; frozen processes are thawed first. Waits until it is gone. */
  async stop(first: NodeJS.Signals = this.#options.stopSignal): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    const family = [pid, ...children(pid)];
    signal(family, 'SIGCONT');
    for (const next of [first, 'SIGQUIT', 'SIGKILL'] as const) {
      signal(next === 'SIGKILL' ? family : [pid], next);
      const deadline = Date.now() + STOP_LIMIT_MS;
      while (family.some(isAlive) && Date.now() < deadline) await sleep(20);
      if (!family.some(isAlive)) return;
    }
  }
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
