import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { AlertWebhookConfig } from '../../config/alert-webhook.ts';
import { signatureOf } from './signature.ts';

export type WebhookOptions = {
  readonly config: AlertWebhookConfig;
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'info' | 'error'>;
  /** The first pause after a failure, in milliseconds; it doubles up to the longest. */
  readonly firstPauseMs?: number;
  /** How long the receiver may take, in milliseconds. */
  readonly attemptMs?: number;
};

type Message = { readonly id: string; readonly body: string };

const ATTEMPT_MS = 5000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const JITTER = 0.2;
/** Of what waits while the receiver is away, the newest are kept. */
const MOST_WAITING = 100;

/** Delivers messages in their order, each until it is accepted. Nobody waits for it. */
export class Webhook {
  readonly #config: AlertWebhookConfig;
  readonly #log: WebhookOptions['log'];
  readonly #firstPauseMs: number;
  readonly #attemptMs: number;
  readonly #stop = new AbortController();
  readonly #waiting: Message[] = [];
  #work: Promise<void> | undefined;
  #closing = false;
  #endPause: () => void = () => {};

  constructor({ config, log, firstPauseMs = FIRST_PAUSE_MS, attemptMs = ATTEMPT_MS }: WebhookOptions) {
    this.#config = config;
    this.#log = log;
    this.#firstPauseMs = firstPauseMs;
    this.#attemptMs = attemptMs;
  }

  send(content: object): void {
    this.#waiting.push({ id: `msg_${randomUUID()}`, body: JSON.stringify(content) });
    if (this.#waiting.length > MOST_WAITING) {
      // Not the first: it may be on its way.
      this.#waiting.splice(1, 1);
      this.#log.error(`more than ${MOST_WAITING} alerts wait for ${this.#config.host}: one was given up`);
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
      const problem = await this.#attempt(message);
      if (problem === undefined) {
        this.#waiting.shift();
        if (failures > 0) this.#log.info(`alerts are accepted by ${this.#config.host} again`);
        failures = 0;
        continue;
      }
      failures += 1;
      if (failures === 1) {
        this.#log.warn(`an alert was not accepted by ${this.#config.host} (${problem}); it is tried again`);
      }
      if (this.#closing) return;
      await this.#pause(failures);
    }
    this.#work = undefined;
  }

  /** What went wrong in a few words that hold no part of the URL; undefined when it was accepted. */
  async #attempt({ id, body }: Message): Promise<string | undefined> {
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
      return response.ok ? undefined : `it answered ${response.status}`;
    } catch (error) {
      return nameOf(error);
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
