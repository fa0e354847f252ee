/** Who waits for an answer: until when, and whether still. */
export type Caller = {
  /** In the milliseconds of `performance.now()`. Nothing is begun for it later, nor waited for. */
  readonly deadlineAt: number;
  /** True when nobody reads the answer any more. */
  readonly gone: () => boolean;
};

/** For work of our own, which nobody waits for: the limits of each statement suffice. */
export const NOBODY: Caller = { deadlineAt: Number.POSITIVE_INFINITY, gone: () => false };
