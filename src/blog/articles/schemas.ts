import Type, { type Static } from 'typebox';
import { createdAt, profile, updatedAt } from '../shapes.ts';

export const DEFAULT_LIMIT = 20;
export const LARGEST_LIMIT = 100;
const LARGEST_OFFSET = 2 ** 31 - 1;

export const listQuery = Type.Object({
  tag: Type.Optional(Type.String({ minLength: 1, description: 'only articles with this tag' })),
  author: Type.Optional(Type.String({ minLength: 1, description: 'only articles by this person' })),
  favorited: Type.Optional(Type.String({ minLength: 1, description: 'only articles this person likes' })),
  limit: Type.Integer({
    minimum: 0,
    default: DEFAULT_LIMIT,
    description: `how many at most; more than ${LARGEST_LIMIT} is taken as ${LARGEST_LIMIT}`,
  }),
  offset: Type.Integer({
    minimum: 0,
    maximum: LARGEST_OFFSET,
    default: 0,
    description: 'how many to leave out first',
  }),
});

export type ListQuery = Static<typeof listQuery>;

export const slugParams = Type.Object({
  slug: Type.String({ examples: ['the-night-the-pager-was-right'] }),
});

export const articleItem = Type.Object({
  slug: Type.String(),
  title: Type.String(),
  description: Type.String(),
  tagList: Type.Array(Type.String(), { description: 'in the order the author gave' }),
  createdAt,
  updatedAt,
  favorited: Type.Boolean({ description: 'whether the reader likes it' }),
  favoritesCount: Type.Integer({ minimum: 0 }),
  author: profile,
});

export const article = Type.Intersect([articleItem, Type.Object({ body: Type.String() })]);

export const articleReply = Type.Object({ article });

export const articlesReply = Type.Object({
  articles: Type.Array(articleItem, { description: 'newest first, without their bodies' }),
  articlesCount: Type.Integer({ minimum: 0, description: 'how many there are in all' }),
});
