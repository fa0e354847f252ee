import type { ServerResponse } from 'node:http';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer goes on until the client leaves: how long it took says nothing. */
    readonly endless?: boolean;
  }
  interface FastifyInstance {
    readonly requestsUnderWay: RequestsUnderWay;
  }
}

/** Requests that came and whose answer is neither out nor abandoned. */
export class RequestsUnderWay {
  #ordinary = 0;
  #endless = 0;
  #abandoned = 0;
  #lastChange = Date.now();

  /** Those that end. */
  get ordinary(): number {
    return this.#ordinary;
  }

  get endless(): number {
    return this.#endless;
  }

  /** Since the start: those that end, but whose client went away before. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /** When the last one began or ended, in milliseconds since 1970. */
  get lastChange(): number {
    return this.#lastChange;
  }

  /** Counts a request until its answer closes, which is when it is out (then `onOut` is called) or abandoned. */
  begin(response: ServerResponse, isEndless: boolean, onOut?: () => void): void {
    this.#count(isEndless, 1);
    response.on('close', () => {
      this.#count(isEndless, -1);
      if (response.writableFinished) onOut?.();
      else if (!isEndless) this.#abandoned += 1;
    });
  }

  #count(isEndless: boolean, change: 1 | -1): void {
    if (isEndless) this.#endless += change;
    else this.#ordinary += change;
    this.#lastChange = Date.now();
  }
}

/** Counts for everybody who wants to know: a listener on each answer is dear where an answer costs little. */
export const requestsUnderWay = fp(
  async (app) => {
    const underWay = new RequestsUnderWay();
    app.decorate('requestsUnderWay', underWay);
    app.addHook('onRequest', (request, reply, done) => {
      underWay.begin(reply.raw, request.routeConfig.endless === true);
      done();
    });
  },
  { name: 'requests-under-way', dependencies: ['route-config'] },
);
