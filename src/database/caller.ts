import { DatabaseUnavailable, refusal } from './errors.ts';

/** Who waits for an answer: until when, and whether still. */
export type Caller = {
  /** In the milliseconds of `performance.now()`. Nothing is begun for it later, nor waited for. */
  readonly deadlineAt: number;
  /** True when nobody reads the answer any more. */
  readonly gone: () => boolean;
};

/** For work of our own, which nobody waits for: the limits of each statement suffice. */
export const NOBODY: Caller = { deadlineAt: Number.POSITIVE_INFINITY, gone: () => false };

/**
 * Resolves as `work` does. At the deadline nobody waits any longer, also not for a connection or a rollback: the work
 * ends by itself, within limits of its own.
 * @throws {DatabaseUnavailable} at the deadline
 */
export async function withinDeadline<Result>({ deadlineAt }: Caller, work: Promise<Result>): Promise<Result> {
  if (deadlineAt === NOBODY.deadlineAt) return work;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    const late = () => reject(refusal(() => new DatabaseUnavailable('deadline')));
    timer = setTimeout(late, deadlineAt - performance.now());
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
