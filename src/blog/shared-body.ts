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

/** Where marks may be set, in the bytes. */
type Places = Readonly<Record<keyof Marks, readonly number[]>>;

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

/** The articles and the people that a body is about, each once, as lists of their ids. */
export type Subjects = { readonly articles: string; readonly people: string };

const subjects = new WeakMap<SharedBody, Subjects>();

/** Found when the first viewer comes: most bodies are read by nobody in particular. */
export function subjectsOf(shared: SharedBody): Subjects {
  const known = subjects.get(shared);
  if (known !== undefined) return known;
  const found = { articles: eachOnce(shared.articles), people: eachOnce(shared.people) };
  subjects.set(shared, found);
  return found;
}

function eachOnce(list: string): string {
  return [...new Set(idsIn(list))].join();
}

/** The body as this viewer sees it, and a word for its ETag that says which marks are set. */
export function withMarks(shared: SharedBody, marks: Marks): { bytes: Buffer; variant: string } {
  const set = markedPlaces(shared, marks);
  if (set.length === 0) return { bytes: shared.bytes, variant: '' };
  const pieces: Buffer[] = [];
  let from = 0;
  for (const at of set) {
    pieces.push(shared.bytes.subarray(from, at), YES);
    from = at + NO.length;
  }
  pieces.push(shared.bytes.subarray(from));
  return { bytes: Buffer.concat(pieces), variant: set.map((at) => at.toString(36)).join('.') };
}

/** Where `true` goes instead of `false`, from the beginning on. */
function markedPlaces(shared: SharedBody, { favorited, following }: Marks): number[] {
  if (favorited.size === 0 && following.size === 0) return [];
  const places = placesOf(shared);
  const ofArticles = places.favorited.filter(isMarked(shared.articles, favorited));
  const ofPeople = places.following.filter(isMarked(shared.people, following));
  return [...ofArticles, ...ofPeople].sort((one, other) => one - other);
}

/** The places of one kind are in the order of the ids. */
function isMarked(list: string, marked: ReadonlySet<string>): (at: number, index: number) => boolean {
  const ids = idsIn(list);
  return (_at, index) => marked.has(ids[index] ?? '');
}

const knownPlaces = new WeakMap<SharedBody, Places>();

/** Looked for once, when the first comes who has a mark in it. */
function placesOf(shared: SharedBody): Places {
  const known = knownPlaces.get(shared);
  if (known !== undefined) return known;
  const places = { favorited: [] as number[], following: [] as number[] };
  // Read as if each byte were a character: a place in the text is then the place in the bytes, and nothing is decoded.
  for (const { 0: place, 1: word, index } of shared.bytes.toString('latin1').matchAll(PLACE)) {
    places[word === 'favorited' ? 'favorited' : 'following'].push(index + place.length - NO.length);
  }
  knownPlaces.set(shared, places);
  return places;
}
