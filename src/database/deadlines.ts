/** Something that ends at a moment, in the milliseconds of `performance.now()`, unless it is over before. */
export type Deadline = { readonly at: number; readonly onExpired: () => void };

/** How late a deadline may be noticed. */
const SWEEP_EVERY_MS = 10;

const underWay = new Set<Deadline>();
let sweeping: NodeJS.Timeout | undefined;

/**
 * Calls `onExpired` at that moment or a little later, unless `endDeadline` is called before. One timer serves every
 * statement's time limit, the breaker's and the caller's: each call of the database has several, and hardly any of them
 * is ever reached. (The pool, the queue before it, and begin and commit have timers of their own.)
 */
export function startDeadline(at: number, onExpired: () => void): Deadline {
  const deadline = { at, onExpired };
  underWay.add(deadline);
  // One more turn of the event loop: after a pause of the process the answer may be here, waiting to be read.
  sweeping ??= setInterval(() => setImmediate(sweep, performance.now()), SWEEP_EVERY_MS);
  return deadline;
}

export function endDeadline(deadline: Deadline): void {
  underWay.delete(deadline);
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
  for (const deadline of underWay) {
    if (now < deadline.at) continue;
    underWay.delete(deadline);
    deadline.onExpired();
  }
  if (underWay.size > 0) return;
  clearInterval(sweeping);
  sweeping = undefined;
}
