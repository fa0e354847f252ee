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
    if (error instanceof DatabaseUnavailable && error.outcomeUnknown) {
      await announce(request, families);
      announceAgain(request, families);
    }
    throw error;
  }
}

/** When such a change may be made still: after the time limits of its statements, and after a disk that was stuck. */
const LATE_CHANGES_MS = [5000, 20_000];

/**
 * PostgreSQL notices only when it answers that nobody waits any more. What it commits until then would be outdated by nothing:
 * somebody may have read what was before it, after it was announced.
 */
function announceAgain({ server }: FastifyRequest, families: Iterable<Family>): void {
  const outdated = [...new Set(families)];
  for (const ms of LATE_CHANGES_MS) setTimeout(() => void server.cache.raise(outdated), ms).unref();
}

/** Says with it how far a replica must have come to know of the change: a position taken after the commit. */
async function announce({ server, database }: FastifyRequest, families: Iterable<Family>): Promise<void> {
  const position = await database.position();
  await server.cache.raise([...new Set(families)], position);
}
