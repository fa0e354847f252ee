import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { StatementValue } from '../../database/statement.ts';
import { viewerIn } from '../../http/authentication.ts';
import { type CachedRead, cachedRead, sendNamed, sendRead } from '../cached-read.ts';
import { articleFamily } from '../families.ts';
import { strictQuery } from '../parameters.ts';
import { ifNoneMatch, listReplies, readReplies } from '../shapes.ts';
import {
  articleReply,
  articlesReply,
  DEFAULT_LIMIT,
  type FeedQuery,
  feedQuery,
  LARGEST_LIMIT,
  type ListQuery,
  listQuery,
  slugParams,
} from './schemas.ts';
import * as statements from './statements.ts';

const DEEP_OFFSET = 1000;

const one = cachedRead(articleFamily, statements.articleBySlug, 'article');
const newest = cachedRead('lists', statements.listNewest);
const byTag = cachedRead('lists', statements.listByTag);
const byAuthor = cachedRead('lists', statements.listByAuthor);
const byFavorited = cachedRead('lists', statements.listByFavorited);
const byAuthorAndMore = cachedRead('lists', statements.listByAuthorAndMore);
const byFavoritedAndTag = cachedRead('lists', statements.listByFavoritedAndTag);
const feed = cachedRead('feeds', statements.feed);

/** Reading articles. */
export const articleRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/articles',
    {
      config: { access: 'optional' },
      preValidation: strictQuery('limit', 'offset'),
      schema: {
        tags: ['articles'],
        summary: 'List articles, newest first',
        querystring: listQuery,
        headers: ifNoneMatch,
        response: listReplies(articlesReply, 401, 422),
      },
    },
    (request, reply) => {
      const [read, values] = chooseList(request.query);
      return sendRead(request, reply, read, [...page(request.query), ...values], {
        isBrief: isDeep(request.query),
      });
    },
  );

  app.get(
    '/articles/feed',
    {
      config: { access: 'required' },
      preValidation: strictQuery('limit', 'offset'),
      schema: {
        tags: ['articles'],
        summary: 'List articles of the people you follow, newest first',
        querystring: feedQuery,
        headers: ifNoneMatch,
        response: listReplies(articlesReply, 401, 422),
      },
    },
    (request, reply) =>
      sendRead(request, reply, feed, [...page(request.query), viewerIn(request).id], {
        isBrief: isDeep(request.query),
      }),
  );

  app.get(
    '/articles/:slug',
    {
      config: { access: 'optional' },
      schema: {
        tags: ['articles'],
        summary: 'Read one article',
        params: slugParams,
        headers: ifNoneMatch,
        response: readReplies(articleReply, 400, 401, 404),
      },
    },
    (request, reply) => sendNamed(request, reply, one, request.params.slug),
  );
};

/** What every list begins with: limit, offset, and the cursor in its two parts. */
function page({ limit = DEFAULT_LIMIT, offset = 0, cursor }: FeedQuery): StatementValue[] {
  const [milliseconds, id] = cursor?.split('.') ?? [];
  return [Math.min(limit, LARGEST_LIMIT), offset, milliseconds ?? null, id ?? null];
}

/** Pages that hardly anybody turns to, and that can be made up without end. */
function isDeep({ offset, cursor }: FeedQuery): boolean {
  return cursor !== undefined || (offset ?? 0) > DEEP_OFFSET;
}

/** Each combination of filters has the statement that starts from the right index. */
function chooseList(query: ListQuery): [CachedRead, StatementValue[]] {
  const { tag = null, author = null, favorited = null } = query;
  if (author !== null && (tag !== null || favorited !== null)) return [byAuthorAndMore, [author, tag, favorited]];
  if (favorited !== null && tag !== null) return [byFavoritedAndTag, [favorited, tag]];
  if (author !== null) return [byAuthor, [author]];
  if (favorited !== null) return [byFavorited, [favorited]];
  if (tag !== null) return [byTag, [tag]];
  return [newest, []];
}
