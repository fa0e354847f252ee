import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { AlertWebhookConfig } from '../../config/alert-webhook.ts';
import { signatureOf } from './signature.ts';

export type WebhookOptions = {
  readonly config: AlertWebhookConfig;
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'info' | 'error'>;
  /** Is called when a message was given up, so that what it said can be told in another. */
  readonly onGivenUp?: () => void;
  /** The first pause after a failure, in milliseconds; it doubles up to the longest. */
  readonly firstPauseMs?: number;
  /** How long the receiver may take, in milliseconds. */
  readonly attemptMs?: number;
  /** How long a message is tried before it is given up, in milliseconds. */
  readonly keepMs?: number;
  /** After how long it is said again that none is accepted, in milliseconds. */
  readonly reminderMs?: number;
};

type Message = { readonly id: string; readonly body: string; readonly at: number };

/** Why a message was not accepted, in a few words that hold no part of the URL. */
type Failure = { readonly problem: string; readonly mayPass: boolean };

const ATTEMPT_MS = 5000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const JITTER = 0.2;
const KEEP_MS = 3_600_000;
const REMINDER_MS = 600_000;
/** Too late, too early, too many: the only 4xx that another attempt can change. */
const PASSING = [408, 425, 429];
/** Of what waits while the receiver is away, the newest are kept. */
const MOST_WAITING = 100;

/** Delivers messages in their order, each until it is accepted, refused for good or too old. Nobody waits for it. */
export class Webhook {
  readonly #config: AlertWebhookConfig;
  readonly #log: WebhookOptions['log'];
  readonly #onGivenUp: () => void;
  readonly #firstPauseMs: number;
  readonly #attemptMs: number;
  readonly #keepMs: number;
  readonly #reminderMs: number;
  readonly #stop = new AbortController();
  readonly #waiting: Message[] = [];
  #work: Promise<void> | undefined;
  #closing = false;
  #failingSince: Date | undefined;
  #toldAt = 0;
  #endPause: () => void = () => {};

  constructor(options: WebhookOptions) {
    this.#config = options.config;
    this.#log = options.log;
    this.#onGivenUp = options.onGivenUp ?? (() => {});
    this.#firstPauseMs = options.firstPauseMs ?? FIRST_PAUSE_MS;
    this.#attemptMs = options.attemptMs ?? ATTEMPT_MS;
    this.#keepMs = options.keepMs ?? KEEP_MS;
    this.#reminderMs = options.reminderMs ?? REMINDER_MS;
  }

  send(content: object): void {
    this.#waiting.push({ id: `msg_${randomUUID()}`, body: JSON.stringify(content), at: performance.now() });
    if (this.#waiting.length > MOST_WAITING) {
      // Not the first: it may be on its way.
      this.#waiting.splice(1, 1);
      this.#tellGivenUp(`more than ${MOST_WAITING} alerts wait for ${this.#config.host}: one was given up`);
    }
    this.#work ??= this.#deliverAll();
  }

  /** Tries once more what waits, and gives up after `limitMs`. */
  async close(limitMs: number): Promise<void> {
    this.#closing = true;
    this.#endPause();
    const timer = setTimeout(() => this.#stop.abort(), limitMs);
    await this.#work;
    clearTimeout(timer);
    if (this.#waiting.length > 0) {
      this.#log.error(`ending with ${this.#waiting.length} alerts that ${this.#config.host} has not accepted`);
    }
  }

  async #deliverAll(): Promise<void> {
    let failures = 0;
    for (let message = this.#waiting[0]; message !== undefined; message = this.#waiting[0]) {
      // One that was under way when the end came is not yet the last.
      const isLast = this.#closing;
      const failure = await this.#attempt(message);
      if (failure?.mayPass) {
        failures += 1;
        this.#tellFailing(failure.problem);
        this.#giveUpOld();
        if (isLast) return;
        if (this.#waiting.length > 0 && !this.#closing) await this.#pause(failures);
        continue;
      }
      failures = 0;
      this.#waiting.shift();
      if (failure === undefined) this.#tellAccepted();
      else {
        const remedy = 'See that ALERT_WEBHOOK_URL is the address of who takes such messages (docs/alerts.md).';
        this.#tellGivenUp(`an alert was given up: ${this.#config.host} refuses it (${failure.problem}). ${remedy}`);
      }
    }
    this.#work = undefined;
  }

  #tellFailing(problem: string): void {
    const now = performance.now();
    const { host } = this.#config;
    if (this.#failingSince === undefined) {
      this.#failingSince = new Date();
      this.#log.warn(`an alert was not accepted by ${host} (${problem}); it is tried again`);
    } else if (now - this.#toldAt >= this.#reminderMs) {
      const since = this.#failingSince.toISOString();
      this.#log.warn(`no alert is accepted by ${host} since ${since} (${problem}); ${this.#waiting.length} wait`);
    } else return;
    this.#toldAt = now;
  }

  #tellAccepted(): void {
    if (this.#failingSince !== undefined) this.#log.info(`alerts are accepted by ${this.#config.host} again`);
    this.#failingSince = undefined;
  }

  /** What nobody took in time is no news any more, and would keep what is from being told. */
  #giveUpOld(): void {
    const isOld = ({ at }: Message) => performance.now() - at >= this.#keepMs;
    const old = this.#waiting.findLastIndex(isOld) + 1;
    if (old === 0) return;
    this.#waiting.splice(0, old);
    const minutes = Math.round(this.#keepMs / 60_000);
    this.#tellGivenUp(
      `alerts given up: ${old}, which ${this.#config.host} has not accepted for ${minutes} minutes`,
    );
  }

  #tellGivenUp(sentence: string): void {
    this.#log.error(sentence);
    this.#onGivenUp();
  }

  /** Undefined when it was accepted. */
  async #attempt({ id, body }: Message): Promise<Failure | undefined> {
    const { url, authorization, key } = this.#config;
    const timestamp = Math.floor(Date.now() / 1000);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'steadfast',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          ...(key && { 'webhook-signature': signatureOf(key, id, timestamp, body) }),
          ...(authorization && { authorization }),
        },
        body,
        // Whoever redirects is not the one that was named.
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(this.#attemptMs), this.#stop.signal]),
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      const { status } = response;
      return {
        problem: `it answered ${status}`,
        mayPass: status < 400 || status >= 500 || PASSING.includes(status),
      };
    } catch (error) {
      return { problem: nameOf(error), mayPass: true };
    }
  }

  #pause(failures: number): Promise<void> {
    const pause = Math.min(this.#firstPauseMs * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pause * (1 + JITTER * (2 * Math.random() - 1))).unref();
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it could not be sent';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error.name;
}
