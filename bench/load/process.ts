import { setTimeout as sleep } from 'node:timers/promises';
import { latenciesOf } from '../../src/drill/figures.ts';
import { type LoadAnswer, LoadConnection } from './connection.ts';
import type { FromLoad, LoadPlan, LoadResult } from './plan.ts';
import { isAs, nextOf, type Prepared, prepare } from './prepared.ts';

const TICK_MS = 1;
/** So many connections are opened at a time: a server's backlog is no part of what is measured. */
const OPENED_AT_ONCE = 50;
/** Without an answer for so long, a request is a failure. */
const ANSWER_LIMIT_MS = 10_000;
/** Of so many bodies one is read as JSON. */
const SAMPLE_EVERY = 100;

/** The load, as a process of its own. It measures from when a request was due, so that a slow answer delays no clock. */
class Load {
  readonly #plan: LoadPlan;
  readonly #next: () => Prepared;
  readonly #failures = new Map<string, number>();
  readonly #latencies: number[] = [];
  readonly #latenesses: number[] = [];
  /** Connections that could carry a request now, the one that has waited longest first. */
  readonly #free: LoadConnection[] = [];
  /** When requests were due for which no connection is free. */
  readonly #overdue: number[] = [];
  readonly #open = new Set<LoadConnection>();
  #measuredFrom = Number.POSITIVE_INFINITY;
  #measuredTo = Number.POSITIVE_INFINITY;
  #bodies = 0;
  #answeredInTime = 0;
  #stale = 0;
  #forwarded = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#next = nextOf(plan);
  }

  async run(): Promise<LoadResult> {
    const { connections, idle = 0, warmUpMs, measureMs } = this.#plan;
    for (let done = 0; done < connections; done += OPENED_AT_ONCE) {
      const amount = Math.min(OPENED_AT_ONCE, connections - done);
      await Promise.all(Array.from({ length: amount }, () => this.#openOne()));
    }
    this.#free.push(...[...this.#open].slice(idle));
    tell({ said: 'opened' });

    this.#measuredFrom = performance.now() + warmUpMs;
    this.#measuredTo = this.#measuredFrom + measureMs;
    const ended = this.#begin();
    await sleep(warmUpMs);
    tell({ said: 'measuring' });
    await ended;
    await this.#lastAnswers();
    for (const connection of this.#open) connection.close();
    return this.#result();
  }

  #openOne(): Promise<void> {
    return new Promise((resolve) => {
      const connection = new LoadConnection(
        this.#plan.port,
        () => {
          this.#open.add(connection);
          const { openWith, port } = this.#plan;
          const request = openWith === undefined ? this.#next() : prepare(openWith, port);
          connection.send(request.bytes, (answer) => {
            this.#isExpected(request, answer);
            resolve();
          });
        },
        (reason) => {
          this.#fail(reason);
          this.#open.delete(connection);
          const place = this.#free.indexOf(connection);
          if (place !== -1) this.#free.splice(place, 1);
          resolve();
        },
      );
    });
  }

  /** Resolves when the last request was sent. */
  #begin(): Promise<void> {
    const { ratePerSecond } = this.#plan;
    const beganAt = performance.now();
    let due = 0;
    return new Promise((resolve) => {
      if (ratePerSecond === undefined) for (const connection of this.#free.splice(0)) this.#goOn(connection);
      const timer = setInterval(() => {
        const now = performance.now();
        if (ratePerSecond !== undefined) {
          const until = Math.min(now, this.#measuredTo);
          for (; beganAt + (due * 1000) / ratePerSecond < until; due += 1) {
            this.#request(beganAt + (due * 1000) / ratePerSecond);
          }
        }
        if (now < this.#measuredTo) return;
        clearInterval(timer);
        resolve();
      }, TICK_MS);
    });
  }

  /** A closed loop: the next request as soon as the last one is answered. */
  #goOn(connection: LoadConnection): void {
    const now = performance.now();
    if (now < this.#measuredTo) this.#sendOn(connection, now, () => this.#goOn(connection));
  }

  #request(due: number): void {
    const connection = this.#free.shift();
    if (connection === undefined) this.#overdue.push(due);
    else this.#sendOn(connection, due, () => this.#release(connection));
  }

  #release(connection: LoadConnection): void {
    const due = this.#overdue.shift();
    if (due === undefined) this.#free.push(connection);
    else this.#sendOn(connection, due, () => this.#release(connection));
  }

  #sendOn(connection: LoadConnection, due: number, released: () => void): void {
    const sentAt = performance.now();
    const request = this.#next();
    connection.send(request.bytes, (answer) => {
      const expected = this.#isExpected(request, answer);
      if (expected && due >= this.#measuredFrom && due < this.#measuredTo) {
        const now = performance.now();
        this.#latencies.push(now - due);
        if (now <= this.#measuredTo) this.#answeredInTime += 1;
        this.#latenesses.push(sentAt - due);
        if (answer.head.includes('stale-if-error')) this.#stale += 1;
        if (answer.head.includes('fwd=')) this.#forwarded += 1;
      }
      released();
    });
  }

  #isExpected({ status: right = this.#plan.status, expected }: Prepared, { status, body }: LoadAnswer): boolean {
    if (status !== right) {
      this.#fail(`status ${status}`);
      return false;
    }
    if (expected !== undefined && !isAs(body, expected)) {
      this.#fail('a body that is not what it should be');
      return false;
    }
    this.#bodies += 1;
    if (this.#bodies % SAMPLE_EVERY !== 0 || isJson(body)) return true;
    this.#fail('a body that is not JSON');
    return false;
  }

  #fail(reason: string): void {
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1);
  }

  async #lastAnswers(): Promise<void> {
    const deadline = performance.now() + ANSWER_LIMIT_MS;
    const busy = () => [...this.#open].filter((connection) => connection.isBusy).length;
    while ((busy() > 0 || this.#overdue.length > 0) && performance.now() < deadline) await sleep(10);
    for (let left = busy() + this.#overdue.length; left > 0; left -= 1) this.#fail('no answer');
  }

  #result(): LoadResult {
    return {
      answered: this.#latencies.length,
      answeredInTime: this.#answeredInTime,
      ratePerSecond: this.#latencies.length / (this.#plan.measureMs / 1000),
      latency: latenciesOf(this.#latencies),
      lateness: latenciesOf(this.#latenesses),
      stale: this.#stale,
      forwarded: this.#forwarded,
      failures: Object.fromEntries(this.#failures),
    };
  }
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString());
    return true;
  } catch {
    return false;
  }
}

function tell(message: FromLoad): void {
  process.send?.(message);
}

process.once('message', (plan: LoadPlan) => {
  void new Load(plan).run().then((result) => tell({ said: 'done', result }));
});
// Whoever started us has what it wanted, or is gone.
process.once('disconnect', () => process.exit());
