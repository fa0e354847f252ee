import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pino, { type DestinationStream } from 'pino';

const STANDARD_OUTPUT = 1;
const GATHERED_FOR_MS = 10;
/** So many bytes of lines, at most, are handed over at a time. */
const PIECE_BYTES = 16_384;
/** Of several processes that write to one pipe: as much as is written in one piece there (PIPE_BUF), whole lines only. */
const SHARED_PIECE_BYTES = 4096;
/** So much may wait to be written; beyond it lines are dropped rather than memory filled. */
const BACKLOG_BYTES = 8 * 1024 * 1024;
const TRY_AGAIN_MS = 1000;
/** So long the end of the process waits for whoever reads the log. */
const END_LIMIT_MS = 1000;

/**
 * Standard output, written beside the requests and many lines at a time: whoever is slow to take the log, a full pipe or
 * a busy disk, holds up none of them. Lines are lost by SIGKILL, those of the last hundredth of a second; where more
 * than 8 MB wait, or cannot be written when the process ends; and for good once a pipe has no reader any more.
 */
export class LogDestination implements DestinationStream {
  readonly #output: ReturnType<typeof pino.destination>;
  readonly #onDropped: (lines: number) => void;
  readonly #pieceBytes: number;
  /** Lines that were not handed over yet: pino's destination looks at all it has with each that it is given. */
  #lines: string[] = [];
  #linesBytes = 0;
  /** All that is not written yet. */
  #waitingBytes = 0;
  #dropped = 0;
  #droppedAndTold = 0;
  #writeErrors = 0;
  #flush: NodeJS.Timeout | undefined;
  /** Nothing can be written any more: the reader has gone, or the process ends. */
  #isOver = false;

  /**
   * `onDropped` is told how many lines were dropped, once there is room again. Where other processes write to the same
   * output, `shared` keeps their lines apart.
   */
  constructor(onDropped: (lines: number) => void, { shared }: { readonly shared: boolean }) {
    this.#onDropped = onDropped;
    this.#pieceBytes = shared ? SHARED_PIECE_BYTES : PIECE_BYTES;
    this.#output = pino.destination({
      sync: false,
      maxLength: BACKLOG_BYTES,
      minLength: this.#pieceBytes / 2,
      maxWrite: this.#pieceBytes,
    });
    this.#output.on('write', (bytes) => {
      this.#waitingBytes -= bytes;
    });
    this.#output.on('drop', (lines) => {
      this.#waitingBytes -= Buffer.byteLength(lines);
      this.#dropped += lines.split('\n').length - 1;
    });
    this.#output.on('drain', () => this.#drained());
    // pino's own listener only passes the error on, to nobody.
    this.#output.removeAllListeners('error').on('error', (error) => this.#failed(error));
    // Behind pino's own listener, which writes what was handed over.
    process.once('exit', this.#exits);
  }

  /** Lines that were dropped since the process began. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How often writing failed since the process began. */
  get writeErrors(): number {
    return this.#writeErrors;
  }

  write(line: string): void {
    if (this.#isOver) {
      this.#dropped += 1;
      return;
    }
    const bytes = Buffer.byteLength(line);
    if (this.#linesBytes + bytes > this.#pieceBytes) this.#handOver();
    this.#lines.push(line);
    this.#linesBytes += bytes;
    this.#waitingBytes += bytes;
    this.#flushAfter(GATHERED_FOR_MS);
  }

  /** Writes what waits, as far as that can be done within a second, and gives up the rest: nothing is written after. */
  async end(): Promise<void> {
    const deadline = performance.now() + END_LIMIT_MS;
    while (!this.#isOver && this.#waitingBytes > 0 && performance.now() < deadline) {
      this.#writeOut();
      await sleep(GATHERED_FOR_MS);
    }
    this.#giveUp();
  }

  #handOver(): void {
    if (this.#lines.length > 0) this.#output.write(this.#lines.join(''));
    this.#lines = [];
    this.#linesBytes = 0;
  }

  #writeOut(): void {
    this.#handOver();
    this.#output.flush();
  }

  /** The process ends without `end`, as when it cannot start: why not may be among these lines. */
  readonly #exits = (): void => {
    try {
      writeSync(STANDARD_OUTPUT, this.#lines.join(''));
    } catch {
      // Nobody takes them.
    }
  };

  #giveUp(): void {
    this.#isOver = true;
    process.off('exit', this.#exits);
    clearTimeout(this.#flush);
    // What is not destroyed is written by pino when the process exits, and waited for without any limit.
    this.#output.destroy();
  }

  #flushAfter(ms: number): void {
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined;
      if (!this.#isOver) this.#writeOut();
    }, ms).unref();
  }

  #drained(): void {
    if (this.#dropped > this.#droppedAndTold) {
      const lines = this.#dropped - this.#droppedAndTold;
      this.#droppedAndTold = this.#dropped;
      this.#onDropped(lines);
    }
    // A flush does nothing while something is being written.
    if (this.#waitingBytes > 0) this.#flushAfter(GATHERED_FOR_MS);
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#writeErrors === 0) {
      console.error(
        `The log cannot be written to standard output: ${error.message}. Requests are answered all the same. ` +
          'Make room on the disk, or restart Steadfast with a standard output that takes the log.',
      );
    }
    this.#writeErrors += 1;
    if (error.code === 'EPIPE') this.#giveUp();
    else this.#flushAfter(TRY_AGAIN_MS);
  }
}
