import fc from 'fast-check';

/** What nobody sends who means well. */
const NASTY = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00x',
  '\u202e\u2066right to left',
  '\ufeff',
  'e\u0301',
  '🥐'.repeat(300),
  'x'.repeat(20_000),
  "'; drop table users; --",
  '$1',
  '\\',
  '%',
  '%00',
  '{}',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  'NaN',
  '-1',
  '1e400',
  '9223372036854775808',
];

const text = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 40 }), fc.string());

const number = fc.oneof(
  fc.constantFrom(0, -0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308, -1e308, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** A list in a list in a list …, or the same of objects. */
const deep = fc
  .tuple(fc.constantFrom(1, 15, 16, 17, 100, 5000), fc.boolean())
  .map(([depth, list]) =>
    list ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  );

/** Any JSON, as its text: JSON.stringify cannot say everything that a client can. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.oneof(text, number, fc.boolean(), fc.constant(null)).map((value) => JSON.stringify(value)),
  },
  { weight: 4, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.array(text, { maxLength: 60 }).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: deep },
  { weight: 1, arbitrary: fc.constantFrom(50, 1000, 100_000).map((length) => `[${Array(length).fill('""')}]`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '{"__proto__":{"admin":true}}',
      '{"constructor":{"prototype":{"admin":true}}}',
      '1e999',
      '-1e999',
      `${'9'.repeat(5000)}`,
      '{"a":1,"a":2}',
      '"\\ud800"',
      '"\\u0000"',
      '[null]',
      '{"toString":1,"length":-1}',
    ),
  },
);

/** What is not even JSON. */
export const notJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', '{', '}', '[,]', "{'a':1}", 'undefined', '{"user":', '\0', '{"a":01}', '//', '"\u0001"'),
  fc.string({ maxLength: 60 }),
);

/** A segment of a path, encoded or not, well or badly. */
export const segment: fc.Arbitrary<string> = fc.oneof(
  text.map((value) => encodeURIComponent(value.toWellFormed())).map((value) => value.slice(0, 6000)),
  fc.constantFrom(
    '%',
    '%zz',
    '%ff',
    '%C0%80',
    '%E0%A4%A',
    '.',
    '..',
    '%2e%2e',
    '%2F',
    ';',
    ':',
    '*',
    '%00',
    '🥐',
    '~',
  ),
  fc.stringMatching(/^[a-z0-9-]{1,20}$/),
);

const NAMES = ['limit', 'offset', 'cursor', 'tag', 'author', 'favorited', 'limit[]', '__proto__', 'x', ''];

export const query: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), segment), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'))
  .chain((given) => fc.constantFrom(given, `${given}&`, given.replaceAll('=', ''), `&&${given}`));

/** What fits into a header: no control characters, and none beyond Latin-1. */
const headerValue = fc.oneof(
  fc.stringMatching(/^[\x20-\x7e\xa1-\xff]{0,60}$/),
  fc.constantFrom(
    '',
    '*',
    '"',
    'W/',
    'W/"x"',
    ',',
    '"a","b"',
    'Token',
    'Token x.y.z',
    'Bearer ..',
    'x'.repeat(3000),
  ),
  fc.constantFrom('null', '-1', '1e9', '0x10', 'application/json', 'text/html', 'gzip', 'chunked?', '%00'),
);

const HEADERS = [
  'if-match',
  'if-none-match',
  'idempotency-key',
  'x-request-id',
  'accept',
  'accept-encoding',
  'origin',
  'cookie',
  'x-forwarded-for',
  'range',
  'if-modified-since',
  'content-encoding',
];

export const headers: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.constantFrom(...HEADERS),
  headerValue,
  {
    maxKeys: 3,
    noNullPrototype: true,
  },
);

/** A valid body in which one member, at any depth, is replaced or removed; as text. */
export function mutated(valid: unknown): fc.Arbitrary<string> {
  const places = placesIn(valid);
  return fc
    .tuple(fc.constantFrom(...places), fc.option(jsonText, { nil: undefined, freq: 8 }))
    .map(([place, replacement]) => replaced(valid, place, replacement) ?? 'null');
}

type Place = readonly (string | number)[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...at, name]))];
}

/** The text of the value with another text in that place; undefined where nothing is left. */
function replaced(value: unknown, place: Place, replacement: string | undefined): string | undefined {
  const [name, ...rest] = place;
  if (name === undefined) return replacement;
  const inner = (key: string, member: unknown) =>
    key === String(name) ? replaced(member, rest, replacement) : JSON.stringify(member);
  const parts = Object.entries(value as object).map(([key, member]) => [key, inner(key, member)] as const);
  const kept = parts.filter(([, part]) => part !== undefined);
  if (Array.isArray(value)) return `[${kept.map(([, part]) => part)}]`;
  return `{${kept.map(([key, part]) => `${JSON.stringify(key)}:${part}`)}}`;
}
