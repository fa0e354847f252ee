import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { StatementValue } from '../../database/statement.ts';
import { type CachedRead, cachedRead, sendNamed, sendRead } from '../cached-read.ts';
import { strictQuery } from '../parameters.ts';
import { readReplies } from '../shapes.ts';
import { articleReply, articlesReply, LARGEST_LIMIT, type ListQuery, listQuery, slugParams } from './schemas.ts';
import * as statements from './statements.ts';

const one = cachedRead('articles', statements.articleBySlug, 'article');
const newest = cachedRead('articles', statements.listNewest);
const byTag = cachedRead('articles', statements.listByTag);
const byAuthor = cachedRead('articles', statements.listByAuthor);
const byFavorited = cachedRead('articles', statements.listByFavorited);
const byAuthorAndMore = cachedRead('articles', statements.listByAuthorAndMore);
const byFavoritedAndTag = cachedRead('articles', statements.listByFavoritedAndTag);

/** Reading articles. */
export const articleRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/articles',
    {
      preValidation: strictQuery('limit', 'offset'),
      schema: {
        tags: ['articles'],
        summary: 'List articles, newest first',
        querystring: listQuery,
        response: readReplies(articlesReply, 422),
      },
    },
    (request, reply) => {
      const [read, values] = chooseList(request.query);
      return sendRead(request, reply, read, values);
    },
  );

  app.get(
    '/articles/:slug',
    {
      schema: {
        tags: ['articles'],
        summary: 'Read one article',
        params: slugParams,
        response: readReplies(articleReply, 404),
      },
    },
    (request, reply) => sendNamed(request, reply, one, request.params.slug),
  );
};

/** Each combination of filters has the statement that starts from the right index. */
function chooseList(query: ListQuery): [CachedRead, StatementValue[]] {
  const { tag = null, author = null, favorited = null, offset } = query;
  const limit = Math.min(query.limit, LARGEST_LIMIT);
  if (author !== null && (tag !== null || favorited !== null)) {
    return [byAuthorAndMore, [limit, offset, author, tag, favorited]];
  }
  if (favorited !== null && tag !== null) return [byFavoritedAndTag, [limit, offset, favorited, tag]];
  if (author !== null) return [byAuthor, [limit, offset, author]];
  if (favorited !== null) return [byFavorited, [limit, offset, favorited]];
  if (tag !== null) return [byTag, [limit, offset, tag]];
  return [newest, [limit, offset]];
}
