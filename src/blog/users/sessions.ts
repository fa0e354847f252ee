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
  const ofNow = async () => isVersion(await request.database.query(tokenVersion, [userId]), version);
  const byCurrent = (seen: string | null) => {
    // Issued by another instance, whose announcement is still on its way here.
    const isNewer = seen !== null && version > Number(seen);
    if (!isNewer) return isVersion(seen, version);
    // What is answered now is not made of what memory has, and must not be given again for it.
    request.origins = (request.origins ?? []).map(({ key }) => ({ key, entry: undefined }));
    return ofNow().catch(bySignature);
  };
  const bySignature = (error: unknown) => {
    if (isDatabaseAway(error) && !mayChange) return true;
    throw error;
  };
  if (!(answer instanceof Promise)) return byCurrent(textOf(answer));
  return answer.then((later) => {
    const seen = textOf(later);
    if (later.source !== 'stale') return byCurrent(seen);
    if (mayChange) return ofNow();
    return seen !== null && version >= Number(seen);
  }, bySignature);
}

function textOf({ entry }: CacheAnswer): string | null {
  return entry.body?.toString() ?? null;
}

/** `seen` is null where there is no such account. */
function isVersion(seen: string | null, version: number): boolean {
  return seen !== null && Number(seen) === version;
}
