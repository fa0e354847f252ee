/** One thing that was expected, whether it was so, and what was seen, in words. */
export type Verdict = {
  readonly name: string;
  readonly holds: boolean;
  readonly seen: string;
};
