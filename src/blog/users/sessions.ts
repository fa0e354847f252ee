import type { FastifyInstance } from 'fastify';
import type { TokenClaims } from '../../http/tokens.ts';
import { isDatabaseAway } from '../database-problems.ts';
import { tokenVersion } from './statements.ts';

/**
 * Says whether the account still exists and its tokens of this version have not been ended. From memory on the hot
 * path; a deleted account is noticed when the cached answer expires. While the database is away and nothing is cached,
 * the signature alone decides: such a session can only read.
 */
export async function isSessionValid(
  { cache, database }: FastifyInstance,
  { userId, version }: TokenClaims,
): Promise<boolean> {
  try {
    const { entry } = await cache.read({ family: 'sessions', name: userId }, () =>
      database.query(tokenVersion, [userId]),
    );
    return entry.body !== null && Number(entry.body.toString()) === version;
  } catch (error) {
    if (isDatabaseAway(error)) return true;
    throw error;
  }
}
