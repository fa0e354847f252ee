import type { FastifyRequest } from 'fastify';
import { DatabaseUnavailable } from '../database/errors.ts';
import type { Family } from './families.ts';

/**
 * Makes a change and tells every instance what is outdated by it, before anybody is answered. A change whose outcome is
 * not known is announced too: it may have been made. `families` are looked at after it, so that it may add to them.
 */
export async function announced<Result>(
  request: FastifyRequest,
  families: Iterable<Family>,
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await change();
    await announce(request, families);
    return result;
  } catch (error) {
    if (error instanceof DatabaseUnavailable && error.outcomeUnknown) await announce(request, families);
    throw error;
  }
}

/** Says with it how far a replica must have come to know of the change: a position taken after the commit. */
async function announce({ server, database }: FastifyRequest, families: Iterable<Family>): Promise<void> {
  const position = await database.position();
  await server.cache.raise([...new Set(families)], position);
}
