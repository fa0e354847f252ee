import type { FastifyRequest } from 'fastify';
import pg from 'pg';
import { etagOf } from '../../cache/entry.ts';
import type { Transaction } from '../../database/transaction.ts';
import { viewerIn } from '../../http/authentication.ts';
import { CONTENT_CODINGS } from '../../http/content-coding.ts';
import { codedEtag, matchingEtag } from '../../http/etags.ts';
import { Problem } from '../../http/problem.ts';
import { announced } from '../announced.ts';
import { articleFamily, type Family, marksFamily } from '../families.ts';
import { once } from '../idempotency.ts';
import { notFound } from '../not-found.ts';
import { variantEtag } from '../sent-body.ts';
import { firstLine, idsIn, sharedBody, withMarks } from '../shared-body.ts';
import { marksFor } from '../viewer-marks.ts';
import { takeTurn } from '../writers-turn.ts';
import type { ArticleUpdate, NewArticle } from './schemas.ts';
import { slugsFor } from './slugs.ts';
import { articleBySlug } from './statements.ts';
import {
  deleteArticle,
  favoriteArticle,
  insertArticle,
  unfavoriteArticle,
  updateArticle,
} from './writing-statements.ts';

/** What is outdated when an article comes, changes or goes, besides itself. */
const FAMILIES: readonly Family[] = ['lists', 'feeds', 'tags'];

/** Likes it, or not any more; either is fine twice. Returns the article's shared body, and if its author is followed. */
export async function setFavorite(
  request: FastifyRequest,
  slug: string,
  favorited: boolean,
): Promise<{ text: string; following: boolean }> {
  const { id } = viewerIn(request);
  const statement = favorited ? favoriteArticle : unfavoriteArticle;
  return announced(request, ['lists', 'feeds', articleFamily(slug), marksFamily(id)], async () => {
    const [, following = null, text = null] = await request.database.writeTogether(statement.name, [
      { statement: takeTurn, values: [] },
      { statement, values: [slug, id] },
      // By itself, because no statement sees what its own triggers count.
      { statement: articleBySlug, values: [slug] },
    ]);
    if (following === null || text === null) throw notFound('article');
    return { text, following: following === 'true' };
  });
}

/** Returns the shared body of the new article. */
export async function create(request: FastifyRequest, article: NewArticle): Promise<string> {
  const { id } = viewerIn(request);
  const { title, description, body } = article;
  const tags = [...new Set(article.tagList ?? [])];
  const families = new Set(FAMILIES);
  return announced(request, families, async () => {
    const text = await once(request, 'articles.create', async (change) => {
      for (const slug of slugsFor(title)) {
        // That there was no such article may be remembered.
        families.add(articleFamily(slug));
        const created = await change(insertArticle, [slug, title, description, body, tags, id]);
        if (created !== null) return created;
      }
      throw new Error('unreachable: there is always another slug');
    });
    // Of a repeated request too, whose first process may have ended before it announced anything.
    families.add(articleFamily(slugOf(text)));
    return text;
  });
}

function slugOf(text: string): string {
  const { article } = JSON.parse(firstLine(text)) as { article: { slug: string } };
  return article.slug;
}

/**
 * Returns the shared body of the changed article. With If-Match (RFC 9110, section 13.1.1) only what the client has seen
 * is changed.
 * @throws {Problem} not-found, forbidden, precondition-failed
 */
export async function change(request: FastifyRequest, slug: string, update: ArticleUpdate): Promise<string> {
  const seenAt = await timeSeenByClient(request, slug);
  for (const newSlug of update.title === undefined ? [null] : slugsFor(update.title)) {
    const families = [...FAMILIES, articleFamily(slug), articleFamily(newSlug ?? slug)];
    try {
      return await announced(request, families, () => changeOnce(request, slug, update, newSlug, seenAt));
    } catch (error) {
      const slugTaken = error instanceof pg.DatabaseError && error.constraint === 'articles_slug_key';
      if (!slugTaken) throw error;
    }
  }
  throw new Error('unreachable: there is always another slug');
}

function changeOnce(
  request: FastifyRequest,
  slug: string,
  update: ArticleUpdate,
  newSlug: string | null,
  seenAt: string | null,
): Promise<string> {
  const { id } = viewerIn(request);
  const { title = null, description = null, body = null, tagList } = update;
  const tags = tagList === undefined ? null : [...new Set(tagList)];
  return request.database.transaction('articles.change', async (transaction) => {
    const outcome = parseOutcome(
      await transaction.query(updateArticle, [slug, id, newSlug, title, description, body, tags, seenAt]),
    );
    refuseOthers(outcome.mine);
    // Without If-Match only a deletion can have come in between.
    if (outcome.slug === null) throw seenAt === null ? notFound('article') : changedMeanwhile();
    return bodyOf(transaction, outcome.slug);
  });
}

/** With If-Match only what the client has seen. @throws {Problem} not-found, forbidden, precondition-failed */
export async function remove(request: FastifyRequest, slug: string): Promise<void> {
  const { id } = viewerIn(request);
  const seenAt = await timeSeenByClient(request, slug);
  await announced(request, [...FAMILIES, articleFamily(slug)], async () => {
    const outcome = parseOutcome(await request.database.write(deleteArticle, [slug, id, seenAt]));
    refuseOthers(outcome.mine);
    if (outcome.slug === null) throw seenAt === null ? notFound('article') : changedMeanwhile();
  });
}

/**
 * When the version that If-Match names was last updated; null where the client does not ask. The write then insists on
 * that time, so that nothing can come in between.
 */
async function timeSeenByClient(request: FastifyRequest, slug: string): Promise<string | null> {
  const ifMatch = request.headers['if-match'];
  // Any version will do (RFC 9110, section 13.1.1), and that there is one the write says.
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const text = await bodyOf(request.database, slug);
  const body = Buffer.from(text);
  const shared = sharedBody(body);
  const { id } = viewerIn(request);
  refuseOthers(idsIn(shared.people).includes(id));
  const found = await marksFor(request, id, shared);
  const variant = found === undefined ? '' : withMarks(shared, found.marks).variant;
  const etag = variantEtag(etagOf(body), variant);
  const forms = [etag, ...CONTENT_CODINGS.map((coding) => codedEtag(etag, coding))];
  if (matchingEtag(ifMatch, forms, 'strong') === undefined) throw changedMeanwhile();
  const { article } = JSON.parse(firstLine(text)) as { article: { updatedAt: string } };
  return article.updatedAt;
}

async function bodyOf(from: Pick<Transaction, 'query'>, slug: string): Promise<string> {
  const text = await from.query(articleBySlug, [slug]);
  if (text === null) throw notFound('article');
  return text;
}

function refuseOthers(mine: boolean | null): void {
  if (mine === null) throw notFound('article');
  if (!mine) throw new Problem('forbidden', 'This article belongs to somebody else.', { article: ['forbidden'] });
}

function changedMeanwhile(): Problem {
  return new Problem('precondition-failed', 'The article was changed since you read it. Read it again first.', {
    article: ['has changed'],
  });
}

function parseOutcome(text: string | null): { mine: boolean | null; slug: string | null } {
  return JSON.parse(text ?? '{}') as { mine: boolean | null; slug: string | null };
}
