/**
 * A body that serves every viewer. PostgreSQL makes it in two lines (sql-parts.ts): the bytes for a reader without marks,
 * and what they are about, by which a viewer's marks are found and put in.
 */
export type SharedBody = {
  /** The first line, in which every `favorited` and `following` is false. */
  readonly bytes: Buffer;
  /** The ids of the articles that it shows, and of the people, in its order and with commas between them. */
  readonly articles: string;
  readonly people: string;
  /** The cursor behind a full page of a list. */
  readonly next: string | undefined;
};

export type Marks = { readonly favorited: ReadonlySet<string>; readonly following: ReadonlySet<string> };

type Place = { readonly kind: keyof Marks; readonly id: string; readonly at: number };

const LINE_END = 0x0a;
/** Text that people wrote cannot look like such a place, because its quotation marks are escaped. */
const PLACE = /"(favorited|following)":false/g;
const NO = 'false';
const YES = Buffer.from('true');

const takenApart = new WeakMap<Buffer, SharedBody>();

/** Takes a body apart, once for as long as its bytes live. In JSON of PostgreSQL's there is no line end but as `\n`. */
export function sharedBody(body: Buffer): SharedBody {
  const known = takenApart.get(body);
  if (known !== undefined) return known;
  const end = body.lastIndexOf(LINE_END);
  const [articles = '', people = '', next = ''] = end < 0 ? [] : body.toString('latin1', end + 1).split(' ');
  const bytes = end < 0 ? body : body.subarray(0, end);
  const shared = { bytes, articles, people, next: next === '' ? undefined : next };
  takenApart.set(body, shared);
  return shared;
}

/** What is sent of a body that is still a text. */
export function firstLine(text: string): string {
  const end = text.lastIndexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

/** The ids of one of the lists that come with a body. */
export function idsIn(list: string): string[] {
  return list === '' ? [] : list.split(',');
}

/** The body as this viewer sees it, and a word for its ETag that says which marks are set. */
export function withMarks(shared: SharedBody, marks: Marks): { bytes: Buffer; variant: string } {
  const isMarked = marks.favorited.size > 0 || marks.following.size > 0;
  const set = isMarked ? placesOf(shared).filter(({ kind, id }) => marks[kind].has(id)) : [];
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

const places = new WeakMap<SharedBody, readonly Place[]>();

/** Looked for once, when the first comes who has marks in it: most bodies are read by nobody in particular. */
function placesOf(shared: SharedBody): readonly Place[] {
  const known = places.get(shared);
  if (known !== undefined) return known;
  const ids = { favorited: idsIn(shared.articles).values(), following: idsIn(shared.people).values() };
  // Read as if each byte were a character: a place in the text is then the place in the bytes, and nothing is decoded.
  const found = Array.from(shared.bytes.toString('latin1').matchAll(PLACE), ({ 0: place, 1: word, index }) => {
    const kind = word === 'favorited' ? 'favorited' : 'following';
    return { kind, id: ids[kind].next().value ?? '', at: index + place.length - NO.length } as const;
  });
  places.set(shared, found);
  return found;
}
