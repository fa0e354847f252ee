import type { FastifyInstance } from 'fastify';
import { DatabaseUnavailable } from '../database/errors.ts';
import type { Family } from './families.ts';

/**
 * Makes a change and tells every instance what is outdated by it, before anybody is answered. A change whose outcome is
 * not known is announced too: it may have been made.
 */
export async function announced<Result>(
  { cache }: Pick<FastifyInstance, 'cache'>,
  families: readonly Family[],
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await change();
    await cache.raise(families);
    return result;
  } catch (error) {
    if (error instanceof DatabaseUnavailable && error.outcomeUnknown) await cache.raise(families);
    throw error;
  }
}
