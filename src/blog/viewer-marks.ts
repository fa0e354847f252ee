import type { FastifyRequest } from 'fastify';
import type { CacheAnswer } from '../cache/answer.ts';
import { ownBytes } from '../cache/entry.ts';
import type { Statement } from '../database/statement.ts';
import { isDatabaseAway } from './database-problems.ts';
import { marksFamily } from './families.ts';
import { readCached } from './read-cached.ts';

/**
 * A shared body serves every viewer: where `favorited` or `following` belongs, PostgreSQL puts the id it is about.
 * Taken apart once, it becomes the bytes for a reader without marks and the places where `true` may go. Text that
 * people wrote cannot look like such a place, because its quotation marks are escaped.
 */
const PLACE = /"(favorited|following)":(\d+)/g;
const NEXT = /,"next":(?:"([\d.]+)"|null)\}$/;
const LONGEST_NEXT_BYTES = 100;
const NO = 'false';
const YES = Buffer.from('true');

type Place = { readonly kind: 'favorited' | 'following'; readonly id: string; readonly at: number };

export type SharedBody = {
  readonly bytes: Buffer;
  readonly places: readonly Place[];
  /** The cursor behind a full page of a list, which the statement puts at the very end. */
  readonly next: string | undefined;
};

/** The articles and the people that a body's places are about, each once, and what a viewer's marks on them are called. */
type Subjects = { readonly articles: readonly string[]; readonly people: readonly string[]; readonly name: string };

export type Marks = { readonly favorited: ReadonlySet<string>; readonly following: ReadonlySet<string> };

/** How the writer of a body about one thing stands to that thing and its author. */
export type WriterMarks = { readonly favorited: boolean; readonly following: boolean };

/** Nobody likes what did not exist a moment ago, nor follows themselves. */
export const OWN_AND_NEW: WriterMarks = { favorited: false, following: false };

export function marksOfWriter(shared: SharedBody, { favorited, following }: WriterMarks): Marks {
  const { articles, people } = subjectsOf(shared);
  return { favorited: new Set(favorited ? articles : []), following: new Set(following ? people : []) };
}

const takenApart = new WeakMap<Buffer, SharedBody>();

/** Takes a body apart, once for as long as its bytes live. */
export function sharedBody(body: Buffer): SharedBody {
  const known = takenApart.get(body);
  if (known !== undefined) return known;
  // Read as if each byte were a character: a place in the text is then the place in the body, and nothing is decoded.
  const end = Math.max(0, body.length - LONGEST_NEXT_BYTES);
  const tail = NEXT.exec(body.toString('latin1', end));
  const text = body.toString('latin1', 0, tail === null ? body.length : end + tail.index);
  const places: Place[] = [];
  let shown = '';
  let from = 0;
  for (const found of text.matchAll(PLACE)) {
    const [place, kind, id = ''] = found;
    shown += text.slice(from, found.index + place.length - id.length);
    places.push({ kind: kind === 'favorited' ? 'favorited' : 'following', id, at: shown.length });
    shown += NO;
    from = found.index + place.length;
  }
  shown += tail === null ? text.slice(from) : `${text.slice(from)}}`;
  const bytes = places.length === 0 && tail === null ? body : ownBytes(shown, 'latin1');
  const shared = { bytes, places, next: tail?.[1] };
  takenApart.set(body, shared);
  return shared;
}

/** The body as this viewer sees it, and a word for its ETag that says which marks are set. */
export function withMarks(shared: SharedBody, marks: Marks): { bytes: Buffer; variant: string } {
  const set = shared.places.filter(({ kind, id }) => marks[kind].has(id));
  if (set.length === 0) return { bytes: shared.bytes, variant: '' };
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { at } of set) {
    pieces.push(shared.bytes.subarray(from, at), YES);
    from = at + NO.length;
  }
  pieces.push(shared.bytes.subarray(from));
  return { bytes: Buffer.concat(pieces), variant: set.map(({ at }) => at.toString(36)).join('.') };
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
  const { articles, people, name } = subjectsOf(shared);
  const key = { family: marksFamily(viewerId), name: `${viewerId}:${name}` };
  const answer = readCached(request, key, marksOfViewer, [viewerId, articles, people]);
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

const subjects = new WeakMap<SharedBody, Subjects>();

/** Found once for all viewers, when the first of them comes: most bodies are read by nobody in particular. */
function subjectsOf(shared: SharedBody): Subjects {
  const known = subjects.get(shared);
  if (known !== undefined) return known;
  const articles = idsOf(shared.places, 'favorited');
  const people = idsOf(shared.places, 'following');
  const found = { articles, people, name: `${articles.join()}:${people.join()}` };
  subjects.set(shared, found);
  return found;
}

function idsOf(places: readonly Place[], kind: Place['kind']): string[] {
  return [...new Set(places.filter((place) => place.kind === kind).map(({ id }) => id))];
}
