import { isDeepStrictEqual } from 'node:util';
import type { LoadRequest } from '../load/request.ts';

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
  return JSON.parse(expected.body);
}
