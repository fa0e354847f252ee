import type { FastifyBaseLogger } from 'fastify';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

type Log = FastifyBaseLogger['info'];
type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type ChildOptions = Parameters<FastifyBaseLogger['child']>[1];

/** A logger that says with each line which request it is of. It is made when it is first used: hardly any request does. */
class RequestLogger implements FastifyBaseLogger {
  declare readonly trace: Log;
  declare readonly debug: Log;
  declare readonly info: Log;
  declare readonly warn: Log;
  declare readonly error: Log;
  declare readonly fatal: Log;
  declare readonly silent: Log;
  readonly #parent: FastifyBaseLogger;
  readonly #bindings: Bindings;
  #own: FastifyBaseLogger | undefined;

  static {
    for (const level of LEVELS) {
      const log = function (this: RequestLogger, ...line: Parameters<Log>) {
        this.#logger[level](...line);
      };
      Object.defineProperty(RequestLogger.prototype, level, { value: log });
    }
  }

  constructor(parent: FastifyBaseLogger, bindings: Bindings) {
    this.#parent = parent;
    this.#bindings = bindings;
  }

  get level(): string {
    return this.#parent.level;
  }

  child(bindings: Bindings, options?: ChildOptions): FastifyBaseLogger {
    return this.#logger.child(bindings, options);
  }

  get #logger(): FastifyBaseLogger {
    this.#own ??= this.#parent.child(this.#bindings);
    return this.#own;
  }
}

/** To make a logger for each request, as Fastify does, would take longer than to answer from memory. */
export function requestLogger(logger: FastifyBaseLogger, bindings: Bindings): FastifyBaseLogger {
  return new RequestLogger(logger, bindings);
}
