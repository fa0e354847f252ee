/**
 * Pieces of SQL that several statements share. `author` and `article` are the aliases they expect. A viewer's marks
 * (`favorited`, `following`) are put in later: see shared-body.ts.
 */

/** The author's profile as the contract wants it. */
export const AUTHOR_JSON = `(
    select row_to_json(profile)
    from (select author.username, author.bio, author.image, false as following) as profile
  )`;

/** An article without its body, as in lists; callers add `from articles as article join users as author`. */
export const ARTICLE_COLUMNS = `
  article.slug,
  article.title,
  article.description,
  article.tag_list as "tagList",
  iso8601(article.created_at) as "createdAt",
  iso8601(article.updated_at) as "updatedAt",
  false as favorited,
  article.favorites_count as "favoritesCount",
  ${AUTHOR_JSON} as author`;

/** What a reply shows: expressions for the ids of articles and of people, in its order, and for the cursor behind it. */
type Shown = { readonly articles?: string; readonly people?: string; readonly next?: string };

/** A shared body, as shared-body.ts takes it apart: the reply, and in a line of its own what it is about. */
export function sharedBodyOf(reply: string, { articles = "''", people = "''", next = "''" }: Shown): string {
  return `row_to_json(${reply})::text || concat(E'\\n', ${articles}, ' ', ${people}, ' ', ${next})`;
}
