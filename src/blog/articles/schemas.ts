import Type, { type Static } from 'typebox';
import { createdAt, profile, updatedAt } from '../shapes.ts';

export const DEFAULT_LIMIT = 20;
export const LARGEST_LIMIT = 100;
const LARGEST_OFFSET = 2 ** 31 - 1;

export const listQuery = Type.Object({
  tag: Type.Optional(
    Type.String({ minLength: 1, description: 'only articles with this tag', examples: ['on-call'] }),
  ),
  author: Type.Optional(
    Type.String({ minLength: 1, description: 'only articles by this person', examples: ['ines'] }),
  ),
  favorited: Type.Optional(
    Type.String({ minLength: 1, description: 'only articles this person likes', examples: ['tom'] }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 0,
      default: DEFAULT_LIMIT,
      description: `how many at most; more than ${LARGEST_LIMIT} is taken as ${LARGEST_LIMIT}`,
    }),
  ),
  offset: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: LARGEST_OFFSET,
      default: 0,
      description: 'how many to leave out first',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      pattern: '^\\d{1,15}\\.\\d{1,18}$',
      description: 'go on behind that article: follow Link rel="next" instead of making one up',
      examples: ['1772612100000.36'],
    }),
  ),
});

const paging = {
  limit: listQuery.properties.limit,
  offset: listQuery.properties.offset,
  cursor: listQuery.properties.cursor,
};

export const feedQuery = Type.Object(paging);

export type FeedQuery = Static<typeof feedQuery>;

export type ListQuery = Static<typeof listQuery>;

export const slugParams = Type.Object({
  slug: Type.String({ examples: ['the-night-the-pager-was-right'] }),
});

export const articleItem = Type.Object({
  slug: Type.String({ examples: ['what-the-pager-taught-me'] }),
  title: Type.String({ examples: ['What the pager taught me'] }),
  description: Type.String({ examples: ['A night in three acts'] }),
  tagList: Type.Array(Type.String(), {
    description: 'in the order the author gave',
    examples: [['on-call', 'databases']],
  }),
  createdAt,
  updatedAt,
  favorited: Type.Boolean({ description: 'whether the reader likes it' }),
  favoritesCount: Type.Integer({ minimum: 0, examples: [3] }),
  author: profile,
});

export const article = Type.Intersect([
  articleItem,
  Type.Object({ body: Type.String({ examples: ['It began at 02:14 …'] }) }),
]);

export const articleReply = Type.Object({ article }, { description: 'the article, as you see it' });

export const articlesReply = Type.Object(
  {
    articles: Type.Array(articleItem, { description: 'newest first, without their bodies' }),
    articlesCount: Type.Integer({ minimum: 0, description: 'how many there are in all', examples: [36] }),
  },
  { description: 'one page of them' },
);

const title = Type.String({ minLength: 1, maxLength: 255, examples: ['What the pager taught me'] });
const description = Type.String({ minLength: 1, maxLength: 1000, examples: ['A night in three acts'] });
const body = Type.String({ minLength: 1, maxLength: 500_000, examples: ['It began at 02:14 …'] });
const tagList = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: 50,
  description: 'kept in this order; a tag given twice is kept once',
  examples: [['on-call', 'databases']],
});

export const createBody = Type.Object({
  article: Type.Object({ title, description, body, tagList: Type.Optional(tagList) }),
});

export type NewArticle = Static<typeof createBody>['article'];

export const updateBody = Type.Object({
  article: Type.Object({
    title: Type.Optional(title),
    description: Type.Optional(description),
    body: Type.Optional(body),
    tagList: Type.Optional(tagList),
  }),
});

export type ArticleUpdate = Static<typeof updateBody>['article'];
