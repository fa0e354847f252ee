/** What a value must be: a kind, a list of one shape, or an object of exactly these keys. */
export type Shape =
  | 'string'
  | 'string or null'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'time'
  | 'time or null'
  | 'anything'
  | readonly [Shape]
  | { readonly [key: string]: Shape };

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const isTime = (value: unknown) =>
  typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));

const KINDS: Readonly<Record<Extract<Shape, string>, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  'string or null': (value) => value === null || typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  time: isTime,
  'time or null': (value) => value === null || isTime(value),
  anything: (value) => value !== undefined,
};

/** Where a value is not of that shape: a missing or surplus key, or another type. Empty when it is. */
export function differences(value: unknown, shape: Shape, at = ''): string[] {
  if (typeof shape === 'string') {
    return KINDS[shape](value) ? [] : [`${at}: ${JSON.stringify(value)} is no ${shape}`];
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${at}: ${JSON.stringify(value)} is no list`];
    return value.flatMap((item, index) => differences(item, shape[0], `${at}[${index}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${at}: ${JSON.stringify(value)} is no object`];
  }
  const members = new Map<string, unknown>(Object.entries(value));
  const surplus = [...members.keys()].filter((key) => !Object.hasOwn(shape, key));
  const missing = Object.keys(shape).filter((key) => !members.has(key));
  return [
    ...surplus.map((key) => `${at}.${key}: too much`),
    ...missing.map((key) => `${at}.${key}: missing`),
    ...Object.entries(shape).flatMap(([key, inner]) =>
      members.has(key) ? differences(members.get(key), inner, `${at}.${key}`) : [],
    ),
  ];
}

function isList(shape: readonly [Shape] | { readonly [key: string]: Shape }): shape is readonly [Shape] {
  return Array.isArray(shape);
}

/** The bodies of the RealWorld contract, key by key. */
export const PROFILE = {
  username: 'string',
  bio: 'string or null',
  image: 'string or null',
  following: 'boolean',
} as const;

export const LISTED_ARTICLE = {
  slug: 'string',
  title: 'string',
  description: 'string',
  tagList: ['string'],
  createdAt: 'time',
  updatedAt: 'time',
  favorited: 'boolean',
  favoritesCount: 'integer',
  author: PROFILE,
} as const;

export const ARTICLE = { ...LISTED_ARTICLE, body: 'string' } as const;

export const COMMENT = {
  id: 'integer',
  createdAt: 'time',
  updatedAt: 'time',
  body: 'string',
  author: PROFILE,
} as const;
