import { connect, type Socket } from 'node:net';

/** One answer; `head` is its status line and headers. */
export type LoadAnswer = { readonly status: number; readonly head: string; readonly body: Buffer };

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;
const NOTHING = Buffer.alloc(0);

/**
 * One keep-alive connection that carries one request at a time and reads just enough of HTTP: node:http costs the load
 * several times what the server spends on its answer, and would be what is measured.
 */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #lost: (reason: string) => void;
  #received: Buffer = NOTHING;
  #answered: ((answer: LoadAnswer) => void) | undefined;

  /** `opened` is called once; `lost` once, whenever the connection ends that nobody ended by `close`. */
  constructor(port: number, opened: () => void, lost: (reason: string) => void) {
    this.#lost = lost;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.once('connect', opened);
    let reason = 'closed by the server';
    this.#socket.on('error', (error) => {
      reason = 'code' in error ? String(error.code) : error.message;
    });
    this.#socket.once('close', () => this.#lost(reason));
    this.#socket.on('data', (bytes) => this.#read(bytes));
  }

  /** True while a request waits for its answer. */
  get isBusy(): boolean {
    return this.#answered !== undefined;
  }

  send(request: Buffer, answered: (answer: LoadAnswer) => void): void {
    this.#answered = answered;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.removeAllListeners('close').destroy();
  }

  #read(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = CONTENT_LENGTH.exec(head)?.[1];
    if (length === undefined) {
      this.#socket.destroy(new Error('an answer without Content-Length'));
      return;
    }
    const bodyStart = headEnd + HEAD_END.length;
    const end = bodyStart + Number(length);
    if (this.#received.length < end) return;
    const body = this.#received.subarray(bodyStart, end);
    this.#received = this.#received.subarray(end);
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.({ status: Number(head.slice(9, 12)), head, body });
  }
}
