import type { CacheAnswer } from '../../cache/answer.ts';
import type { TokenSubject } from '../../http/tokens.ts';
import { isDatabaseAway } from '../database-problems.ts';
import { sessionsFamily } from '../families.ts';
import { type Asking, readCached } from '../read-cached.ts';
import { tokenVersion } from './statements.ts';

/**
 * Says whether the account still exists and its tokens of this version have not been ended. From memory on the hot
 * path; a deleted account is noticed when the cached answer expires.
 *
 * While PostgreSQL cannot be asked, an older answer will do for a read: versions only rise, so that a token of a newer
 * one than was seen is good, and where nothing was seen the signature decides. Who wants to change something needs an
 * answer of now.
 * @throws {DatabaseUnavailable | DatabaseOverloaded} for a change, when there is no such answer
 */
export function isSessionValid(
  request: Asking,
  { userId, version }: TokenSubject,
  mayChange: boolean,
): boolean | Promise<boolean> {
  const answer = readCached(request, { family: sessionsFamily(userId), name: userId }, tokenVersion, [userId]);
  if (!(answer instanceof Promise)) return isVersion(textOf(answer), version);
  return answer.then(
    async (later) => {
      const seen = textOf(later);
      if (later.source !== 'stale') return isVersion(seen, version);
      if (mayChange) return isVersion(await request.database.query(tokenVersion, [userId]), version);
      return seen !== null && version >= Number(seen);
    },
    (error: unknown) => {
      if (isDatabaseAway(error) && !mayChange) return true;
      throw error;
    },
  );
}

function textOf({ entry }: CacheAnswer): string | null {
  return entry.body?.toString() ?? null;
}

/** `seen` is null where there is no such account. */
function isVersion(seen: string | null, version: number): boolean {
  return seen !== null && Number(seen) === version;
}
