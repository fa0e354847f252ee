/** Something that ends at a moment, in the milliseconds of `performance.now()`, unless it is over before. */
export type Deadline = { readonly at: number; readonly onExpired: () => void };

/** How late a deadline may be noticed. */
const SWEEP_EVERY_MS = 10;

const underWay = new Set<Deadline>();
let sweeping: NodeJS.Timeout | undefined;

/**
 * Calls `onExpired` at that moment or a little later, unless `endDeadline` is called before. One timer serves all: each
 * call of the database has several deadlines, and hardly any of them is ever reached.
 */
export function startDeadline(at: number, onExpired: () => void): Deadline {
  const deadline = { at, onExpired };
  underWay.add(deadline);
  sweeping ??= setInterval(sweep, SWEEP_EVERY_MS);
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

function sweep(): void {
  const now = performance.now();
  for (const deadline of underWay) {
    if (now < deadline.at) continue;
    underWay.delete(deadline);
    deadline.onExpired();
  }
  if (underWay.size > 0) return;
  clearInterval(sweeping);
  sweeping = undefined;
}
