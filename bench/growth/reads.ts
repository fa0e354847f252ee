import * as articles from '../../src/blog/articles/statements.ts';
import { commentsBySlug } from '../../src/blog/comments/statements.ts';
import { profileByUsername } from '../../src/blog/profiles/statements.ts';
import { listTags } from '../../src/blog/tags/statements.ts';
import { tokenVersion } from '../../src/blog/users/statements.ts';
import { marksOfViewer } from '../../src/blog/viewer-marks.ts';
import type { Statement, StatementValue } from '../../src/database/statement.ts';
import { COMMENTED_EVERY, RARE_TAG } from './blog.ts';

/** What the reads need to know of a blog to ask for things that are there. */
export type Pick = {
  readonly articles: number;
  readonly users: number;
  /** The cursor in the middle of all articles. */
  readonly cursor: readonly [milliseconds: string, id: string];
  /** A number from 1 to `largest`. */
  readonly any: (largest: number) => number;
};

/** One read: its statement with other values for each call, and the request that asks for it over HTTP, if one does. */
export type Read = {
  readonly name: string;
  readonly statement: Statement;
  readonly values: (pick: Pick) => readonly StatementValue[];
  readonly path?: (values: readonly StatementValue[]) => string;
  /** Which value is the id of whoever reads, for reads that need somebody. */
  readonly viewer?: number;
};

const FIRST: readonly StatementValue[] = [20, 0, null, null];
const behind = ({ cursor }: Pick): readonly StatementValue[] => [20, 0, ...cursor];
const reader = ({ any, users }: Pick): string => `reader-${any(users)}`;
/** Whom reader n likes and follows: see sql/generate. */
const IDS = Array.from({ length: 20 }, (_, index) => index + 1);

type Names = readonly (string | undefined)[];

/** The list's URL, where values[4] and so on are the filters of these names. */
const list =
  (filters: Names, path = '/articles') =>
  ([limit, offset, milliseconds, id, ...rest]: readonly StatementValue[]): string => {
    const query = new URLSearchParams({ limit: String(limit), offset: String(offset) });
    if (milliseconds != null) query.set('cursor', `${milliseconds}.${id}`);
    for (const [index, name] of filters.entries()) {
      const value = rest[index];
      if (name !== undefined && value != null) query.set(name, String(value));
    }
    return `${path}?${query}`;
  };

/** Every read of the API, each with as much to show in a small blog as in a large one. */
export const READS: readonly Read[] = [
  { name: 'newest, first page', statement: articles.listNewest, values: () => FIRST, path: list([]) },
  { name: 'newest, cursor half way', statement: articles.listNewest, values: behind, path: list([]) },
  {
    name: 'by popular tag',
    statement: articles.listByTag,
    values: () => [...FIRST, 'postgres'],
    path: list(['tag']),
  },
  {
    name: 'by popular tag, cursor half way',
    statement: articles.listByTag,
    values: (pick) => [...behind(pick), 'postgres'],
    path: list(['tag']),
  },
  {
    name: 'by rare tag (20 articles)',
    statement: articles.listByTag,
    values: () => [...FIRST, RARE_TAG],
    path: list(['tag']),
  },
  {
    name: 'by author',
    statement: articles.listByAuthor,
    values: (pick) => [...FIRST, reader(pick)],
    path: list(['author']),
  },
  {
    name: 'by favorited',
    statement: articles.listByFavorited,
    values: (pick) => [...FIRST, reader(pick)],
    path: list(['favorited']),
  },
  {
    name: 'by author and tag',
    statement: articles.listByAuthorAndMore,
    values: (pick) => [...FIRST, reader(pick), 'postgres', null],
    path: list(['author', 'tag', 'favorited']),
  },
  {
    name: 'by author and favorited',
    statement: articles.listByAuthorAndMore,
    values: (pick) => [...FIRST, reader(pick), null, reader(pick)],
    path: list(['author', 'tag', 'favorited']),
  },
  {
    name: 'by favorited and tag',
    statement: articles.listByFavoritedAndTag,
    values: (pick) => [...FIRST, reader(pick), 'postgres'],
    path: list(['favorited', 'tag']),
  },
  {
    name: 'feed (follows 5)',
    statement: articles.feed,
    values: ({ any, users }) => [...FIRST, any(users)],
    path: list([], '/articles/feed'),
    viewer: 4,
  },
  {
    name: 'feed, cursor half way',
    statement: articles.feed,
    values: (pick) => [...behind(pick), pick.any(pick.users)],
    path: list([], '/articles/feed'),
    viewer: 4,
  },
  {
    name: 'one article',
    statement: articles.articleBySlug,
    values: (pick) => [`generated-${pick.any(pick.articles)}`],
    path: ([slug]) => `/articles/${slug}`,
  },
  {
    name: 'ten comments of an article',
    statement: commentsBySlug,
    values: (pick) => [`generated-${COMMENTED_EVERY * pick.any(pick.articles / COMMENTED_EVERY)}`],
    path: ([slug]) => `/articles/${slug}/comments`,
  },
  {
    name: 'profile',
    statement: profileByUsername,
    values: (pick) => [reader(pick)],
    path: ([username]) => `/profiles/${username}`,
  },
  { name: 'tags', statement: listTags, values: () => [], path: () => '/tags' },
  {
    name: "a viewer's marks on a page",
    statement: marksOfViewer,
    values: ({ any, users, articles }) => {
      const [firstArticle, firstUser] = [any(articles - 20), any(users - 20)];
      return [any(users), IDS.map((id) => String(firstArticle + id)), IDS.map((id) => String(firstUser + id))];
    },
  },
  { name: "a token's account", statement: tokenVersion, values: ({ any, users }) => [any(users)] },
];
