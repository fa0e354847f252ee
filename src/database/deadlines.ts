/**
 * Something that ends at a moment, in the milliseconds of `performance.now()`, unless it is over before. Then it has
 * nothing to call any more.
 */
export type Deadline = { readonly at: number; onExpired: (() => void) | undefined };

/** How late a deadline may be noticed. */
const SWEEP_EVERY_MS = 10;

/** Those that are over go with the next sweep. */
let underWay: Deadline[] = [];
let sweeping: NodeJS.Timeout | undefined;

/**
 * Calls `onExpired` at that moment or a little later, unless `endDeadline` is called before. One timer serves every
 * statement's time limit, the breaker's and the caller's: each call of the database has several, and hardly any of them
 * is ever reached. (The pool, the queue before it, and begin and commit have timers of their own.)
 */
export function startDeadline(at: number, onExpired: () => void): Deadline {
  const deadline = { at, onExpired };
  underWay.push(deadline);
  // One more turn of the event loop: after a pause of the process the answer may be here, waiting to be read.
  sweeping ??= setInterval(() => setImmediate(sweep, performance.now()), SWEEP_EVERY_MS);
  return deadline;
}

export function endDeadline(deadline: Deadline): void {
  deadline.onExpired = undefined;
}

/** Settles as `work` does, or at that moment rejects with what `error` makes; the work goes on then. */
export function within<Result>(at: number, work: Promise<Result>, error: () => Error): Promise<Result> {
  return new Promise((resolve, reject) => {
    const deadline = startDeadline(at, () => reject(error()));
    work.then(
      (result) => {
        endDeadline(deadline);
        resolve(result);
      },
      (reason: unknown) => {
        endDeadline(deadline);
        reject(reason);
      },
    );
  });
}

/** `now` is a moment before sockets were last read. */
function sweep(now: number): void {
  const before = underWay;
  underWay = before.filter(({ at, onExpired }) => onExpired !== undefined && now < at);
  for (const deadline of before) {
    const { at, onExpired } = deadline;
    if (onExpired === undefined || now < at) continue;
    endDeadline(deadline);
    onExpired();
  }
  if (underWay.length > 0) return;
  clearInterval(sweeping);
  sweeping = undefined;
}
