/**
 * Pieces of SQL that several statements share. `author` and `article` are the aliases they expect. Where a viewer's
 * mark belongs (`favorited`, `following`) stands the id it is about: see viewer-marks.ts.
 */

/** The author's profile as the contract wants it. */
export const AUTHOR_JSON = `(
    select row_to_json(profile)
    from (select author.username, author.bio, author.image, author.id as following) as profile
  )`;

/** An article without its body, as in lists; callers add `from articles as article join users as author`. */
export const ARTICLE_COLUMNS = `
  article.slug,
  article.title,
  article.description,
  article.tag_list as "tagList",
  iso8601(article.created_at) as "createdAt",
  iso8601(article.updated_at) as "updatedAt",
  article.id as favorited,
  article.favorites_count as "favoritesCount",
  ${AUTHOR_JSON} as author`;
