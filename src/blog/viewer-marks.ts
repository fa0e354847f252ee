import type { FastifyRequest } from 'fastify';
import type { CacheAnswer } from '../cache/answer.ts';
import type { Statement } from '../database/statement.ts';
import { isDatabaseAway } from './database-problems.ts';
import { marksFamily } from './families.ts';
import { readCached } from './read-cached.ts';
import { idsIn, type Marks, type SharedBody, subjectsOf } from './shared-body.ts';

/** How the writer of a body about one thing stands to that thing and its author. */
export type WriterMarks = { readonly favorited: boolean; readonly following: boolean };

/** Nobody likes what did not exist a moment ago, nor follows themselves. */
export const OWN_AND_NEW: WriterMarks = { favorited: false, following: false };

export function marksOfWriter({ articles, people }: SharedBody, { favorited, following }: WriterMarks): Marks {
  return {
    favorited: new Set(favorited ? idsIn(articles) : []),
    following: new Set(following ? idsIn(people) : []),
  };
}

/** $1 viewer, $2 articles, $3 people */
export const marksOfViewer: Statement = {
  name: 'marks.of_viewer',
  text: `
select row_to_json(marks)::text
from (
  select
    array(
      select article_id::text
      from favorites
      where user_id = $1::bigint and article_id = any ($2::bigint[])
    ) as favorited,
    array(
      select followee_id::text
      from follows
      where follower_id = $1::bigint and followee_id = any ($3::bigint[])
    ) as following
) as marks`,
};

/** A viewer's marks; stale when PostgreSQL could not be asked and something may have changed since. */
export type ViewerMarks = { readonly marks: Marks; readonly stale: boolean };

/**
 * The viewer's marks among what a body shows: from the cache, else by one small query. Undefined when PostgreSQL could
 * not be asked and nothing is cached either.
 */
export function marksFor(
  request: FastifyRequest,
  viewerId: string,
  shared: SharedBody,
): ViewerMarks | Promise<ViewerMarks | undefined> {
  const { articles, people } = subjectsOf(shared);
  const key = { family: marksFamily(viewerId), name: `${viewerId}:${articles}:${people}` };
  const answer = readCached(request, key, marksOfViewer, [viewerId, `{${articles}}`, `{${people}}`]);
  if (!(answer instanceof Promise)) return viewerMarks(answer);
  return answer.then(viewerMarks, (error: unknown) => {
    if (isDatabaseAway(error)) return undefined;
    throw error;
  });
}

function viewerMarks({ entry, source }: CacheAnswer): ViewerMarks {
  return { marks: parseMarks(entry.body), stale: source === 'stale' };
}

const parsed = new WeakMap<Buffer, Marks>();

function parseMarks(body: Buffer | null): Marks {
  if (body === null) return { favorited: new Set(), following: new Set() };
  const known = parsed.get(body);
  if (known !== undefined) return known;
  const { favorited, following } = JSON.parse(body.toString()) as Record<'favorited' | 'following', string[]>;
  const marks = { favorited: new Set(favorited), following: new Set(following) };
  parsed.set(body, marks);
  return marks;
}
