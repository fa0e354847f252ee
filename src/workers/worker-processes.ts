import cluster, { type Worker } from 'node:cluster';
import type { FastifyBaseLogger } from 'fastify';
import { rescueHandedConnections } from './handed-connections.ts';
import type { FromPrimary, FromWorker } from './messages.ts';

export type WorkerProcess = {
  readonly pid: number;
  readonly isReady: boolean;
  /** How many messages it has not taken yet. */
  readonly backlog: number;
  send(message: FromPrimary): void;
};

export type WorkerProcessesOptions = {
  readonly count: number;
  /** What they find in their environment beside the primary's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error' | 'fatal'>;
  readonly onMessage: (worker: WorkerProcess, message: FromWorker) => void;
  readonly onReady: (worker: WorkerProcess) => void;
  readonly onEnded: (worker: WorkerProcess) => void;
  /** There is none any more and none will come; `code` is what the whole should end with. */
  readonly onOver: (code: number) => void;
};

type Running = WorkerProcess & { isReady: boolean; backlog: number; readyAt: number; readonly worker: Worker };

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** What is told again and again is not kept for one that takes no messages. */
const TOLD_BACKLOG = 20;
/** One that lived as long as this was well: the next may be started at once. */
const STEADY_MS = 30_000;

/**
 * Keeps a number of worker processes alive. The first starts alone: what keeps it from starting would keep all, and is
 * said once. One that ends is replaced after a pause that doubles as long as they end soon. Where a start fails and
 * nobody is at work, it is over: what starts the primary knows what to do.
 */
export class WorkerProcesses {
  readonly #options: WorkerProcessesOptions;
  readonly #running = new Map<number, Running>();
  readonly #starting = new Set<NodeJS.Timeout>();
  #pauseMs = FIRST_PAUSE_MS;
  #restarts = 0;
  /** One of them was, at some time. */
  #wasReady = false;
  #isEnding = false;
  #code = 0;

  constructor(options: WorkerProcessesOptions) {
    this.#options = options;
    cluster.setupPrimary({ serialization: 'advanced' });
    cluster.on('message', (worker, message: FromWorker) => {
      const running = this.#running.get(worker.id);
      if (running === undefined) return;
      if (message.says === 'ready') this.#onReady(running);
      else options.onMessage(running, message);
    });
    cluster.on('exit', (worker, code, signal) => this.#onExit(worker.id, code, signal));
  }

  /** Those that take requests. */
  get ready(): number {
    return [...this.#running.values()].filter(({ isReady }) => isReady).length;
  }

  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    this.#fork();
  }

  /** Says it to all that take what is said to them. */
  tell(message: FromPrimary): void {
    for (const running of this.#running.values()) if (running.backlog <= TOLD_BACKLOG) running.send(message);
  }

  /** Has all end in good order. One that does not take requests yet has nothing to finish. */
  drain(): void {
    this.#isEnding = true;
    for (const timer of this.#starting) clearTimeout(timer);
    for (const { isReady, worker, send } of this.#running.values()) {
      if (isReady) send({ says: 'drain' });
      else worker.process.kill('SIGKILL');
    }
    this.#endIfOver();
  }

  kill(): void {
    for (const { worker } of this.#running.values()) worker.process.kill('SIGKILL');
  }

  #fork(): void {
    const worker = cluster.fork(this.#options.environment);
    const pid = worker.process.pid ?? 0;
    const send = (message: FromPrimary) => {
      // What cannot be sent any more needs no answer: its end is told by itself.
      if (!worker.isConnected()) return;
      running.backlog += 1;
      worker.send(message, undefined, undefined, () => {
        running.backlog -= 1;
      });
    };
    const running: Running = { pid, isReady: false, backlog: 0, readyAt: 0, worker, send };
    worker.on('error', () => {});
    rescueHandedConnections(worker.process, () => this.ready > 0);
    this.#running.set(worker.id, running);
    // The system has no room for another process: there is none that could end.
    if (pid === 0) setImmediate(() => this.#onExit(worker.id, 1, null));
  }

  #onReady(running: Running): void {
    const { count, log, onReady } = this.#options;
    running.isReady = true;
    this.#wasReady = true;
    running.readyAt = performance.now();
    onReady(running);
    if (this.ready === count) log.info(`${count} workers take requests`);
    // Of the others, whatever is not there and not about to be.
    while (!this.#isEnding && this.#running.size + this.#starting.size < count) this.#fork();
  }

  #onExit(id: number, code: number | null, signal: string | null): void {
    const ended = this.#running.get(id);
    if (ended === undefined) return;
    this.#running.delete(id);
    if (ended.isReady) this.#options.onEnded(ended);
    if (this.#isEnding) {
      if (ended.isReady && code !== 0) this.#code = code ?? 1;
      this.#endIfOver();
    } else if (!ended.isReady && this.ready === 0 && (signal === null || !this.#wasReady)) {
      // It said itself what is wrong, and what is wrong for it is wrong for all.
      if (signal !== null) this.#options.log.fatal(diedAtStart(ended.pid, signal));
      this.#code = code === 0 || code === null ? 1 : code;
      this.drain();
    } else {
      this.#replace(ended, signal === null ? `with exit code ${code}` : `by ${signal}`);
    }
  }

  #replace({ pid, isReady, readyAt }: Running, how: string): void {
    if (isReady && performance.now() - readyAt > STEADY_MS) this.#pauseMs = FIRST_PAUSE_MS;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    this.#options.log.error(
      `worker ${pid} ended ${how}: another is started in ${pauseMs} ms. Until it is ready, ${this.ready} of ` +
        `${this.#options.count} take requests`,
    );
    this.#restarts += 1;
    const timer = setTimeout(() => {
      this.#starting.delete(timer);
      this.#fork();
    }, pauseMs);
    this.#starting.add(timer);
  }

  #endIfOver(): void {
    if (this.#running.size === 0) this.#options.onOver(this.#code);
  }
}

function diedAtStart(pid: number, signal: string): string {
  const cause = signal === 'SIGKILL' ? ' (the system does that where memory runs out)' : '';
  return `worker ${pid} was ended by ${signal} before it was ready${cause}: see who sent it, then start again`;
}
