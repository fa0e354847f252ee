import { isDeepStrictEqual } from 'node:util';
import type { LoadRequest } from '../load/plan.ts';

/** What the statement alone does not say: whom an answer's marks are about, and where the next page is. */
const OURS_ALONE = ['next', 'favorited', 'following'];

/**
 * The same paths, as both sides answer them, must have the same in them: else different things are compared.
 * @throws {Error} naming the first path where they differ
 */
export function needSameContent(ours: readonly LoadRequest[], beside: readonly LoadRequest[]): void {
  for (const [index, one] of ours.entries()) {
    const other = beside[index];
    if (other?.path === one.path && isDeepStrictEqual(contentOf(one), contentOf(other))) continue;
    throw new Error(
      `${one.path} is answered with something else by the ceiling: it would be measured for nothing.`,
    );
  }
}

function contentOf({ path, expected }: LoadRequest): unknown {
  if (expected === undefined || !('body' in expected))
    throw new Error(`Nobody knows what ${path} is answered with.`);
  return JSON.parse(expected.body, (key, value) => (OURS_ALONE.includes(key) ? undefined : value));
}
